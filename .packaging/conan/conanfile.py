"""Conan 2, from a checkout: conan create .packaging/conan -s compiler.cppstd=20"""
import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load


class Pawl(ConanFile):
    name = "pawl"
    description = "Durable state machines for C++20"
    license = "MIT"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"sqlite": [True, False], "asio": [True, False], "report": [True, False], "http": [True, False],
               "postgres": [True, False], "page": [True, False]}
    default_options = {"sqlite": True, "asio": True, "report": False, "http": False, "postgres": False, "page": False,
                       "boost/*:header_only": True}
    no_copy_source = True

    @property
    def checkout(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        text = load(self, os.path.join(self.checkout, "include", "pawl", "version.hpp"))
        self.version = re.search(r'PAWL_VERSION_STRING "([^"]+)"', text).group(1)

    def export_sources(self):
        for pattern in "LICENSE", "include/*":
            copy(self, pattern, self.checkout, self.export_sources_folder)

    def requirements(self):
        if self.options.sqlite:
            self.requires("sqlite3/[>=3.37 <4]")
        if self.options.asio:
            self.requires("boost/[>=1.81 <2]")
        if self.options.report or self.options.page:
            self.requires("fmt/[>=9 <13]")
        if self.options.http or self.options.page:
            self.requires("openssl/[>=3 <4]")
        if self.options.report or self.options.http or self.options.page:
            self.requires("nlohmann_json/[>=3.11 <4]")
        if self.options.postgres:
            self.requires("libpq/[>=14 <19]")

    def validate(self):
        check_min_cppstd(self, 20)
        if self.options.http and not self.options.asio:
            raise ConanInvalidConfiguration("pawl: its option http needs its option asio")
        if self.options.page and not (self.options.http and self.options.report):
            raise ConanInvalidConfiguration("pawl: its option page needs its options http and report")
        if self.options.postgres and not self.options.asio:
            raise ConanInvalidConfiguration("pawl: its option postgres needs its option asio")

    def package_id(self):
        self.info.clear()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "include/*", self.source_folder, self.package_folder)

    def package_info(self):
        def component(name, requires=(), system_libs=()):
            info = self.cpp_info.components[name]
            info.set_property("cmake_target_name", f"pawl::{name}")
            info.bindirs, info.libdirs = [], []
            info.requires, info.system_libs = list(requires), list(system_libs)

        component("core")
        if self.options.sqlite:
            component("sqlite", ["core", "sqlite3::sqlite3"])
        if self.options.asio:
            component("asio", ["core", "boost::headers"], ["pthread"])
        if self.options.report:
            component("report", ["core", "fmt::fmt", "nlohmann_json::nlohmann_json"])
        if self.options.http:
            component("http", ["asio", "openssl::openssl", "nlohmann_json::nlohmann_json"])
        if self.options.postgres:
            component("postgres", ["asio", "libpq::libpq"])
        if self.options.page:
            component("page", ["http", "report"])
        if self.options.sqlite and self.options.asio:
            component("pawl", ["sqlite", "asio"])
