// Tests the driver from outside: its output, its files and its exit codes.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <set>

#include <sys/vfs.h>

#include <pawl/report/json.hpp>
#include <pawl/sqlite/database.hpp>

#include "../../examples/batch_benchmark/utc.hpp"
#include "../report/markup_rules.hpp"
#include "../report/trace_formats.hpp"
#include "catch.hpp"
#include "driver.hpp"

// All of a default run, made once.
static report_json const& default_run() {
  static auto const result = json_of({"--samples"});
  return result;
}
// Each configuration of each mode, with the mode's name.
template <class F> static void each_configuration(report_json const& result, F f) {
  for (auto const& c : result["configurations"]) f(result["mode"].get<std::string>(), c);
  for (auto const& [name, mode] : result["modes"].items())
    for (auto const& c : mode["configurations"]) f(name, c);
}
// Equal but for the rounding of a few operations.
static bool nearly(double a, double b) { return std::abs(a - b) <= 1e-9 * (std::max)(std::abs(a), std::abs(b)); }
static std::int64_t nanoseconds(report_json const& milliseconds) {
  return std::llround(milliseconds.get<double>() * 1e6);
}
static bool has_keys(report_json const& object, std::vector<std::string> const& keys) {
  return std::all_of(keys.begin(), keys.end(), [&](std::string const& key) {
    if (object.contains(key)) return true;
    UNSCOPED_INFO("missing: " << key);
    return false;
  });
}

TEST_CASE("the JSON has the keys of the original, so that old and new results can be laid side by side", "[examples]") {
  auto const& j = default_run();
  CHECK(has_keys(j, {"timestamp", "seed", "file_count", "transitions_per_file", "total_transitions",
                     "realistic_delay_seconds", "quick_mode", "configurations", "bottleneck"}));
  CHECK(has_keys(j, {"transitions_counting", "committed_transitions", "percentile_method", "clock", "mode",
                     "durability", "file_system", "versions", "modes", "thresholds", "mitigations", "profile"}));
  CHECK(j["seed"] == 42);
  CHECK(j["file_count"] == 818);
  CHECK(j["transitions_per_file"] == 4);
  CHECK(j["total_transitions"] == 3272);
  CHECK(j["committed_transitions"] == 2454);
  CHECK(j["percentile_method"] == "floor_index");
  CHECK(j["quick_mode"] == false);
  CHECK(has_keys(j["bottleneck"], {"segment", "evidence"}));
  auto const key = j["bottleneck"]["segment"].get<std::string>();
  CAPTURE(key);
  for (auto const& mode : j["modes"])
    CHECK(mode["configurations"][0]["segments"].contains(mode["bottleneck"]["segment"].get<std::string>()));
  CHECK(has_keys(j["versions"], {"pawl", "sqlite", "boost", "fmt", "compiler"}));
  each_configuration(j, [&key](std::string const&, report_json const& c) {
    CHECK(has_keys(c, {"concurrency", "profile", "elapsed_seconds", "transitions_per_second", "segments",
                       "wal_size_start_bytes", "wal_size_end_bytes", "wal_contention_verdict", "indexed_count"}));
    CHECK(c["segments"].contains(key));
    CHECK(has_keys(c["segments"],
                   {"mock_api_ms", "db_total_ms", "lock_wait_ms", "fsm_dispatch_ms", "fsm_net_ms", "total_wall_ms",
                    "fsm_hydrate_ms", "transition_ms", "queue_ms", "update_ms", "commit_ms"}));
    for (auto const& segment : c["segments"]) CHECK(has_keys(segment, {"p50", "p95", "p99", "mean", "min", "max"}));
    CHECK(c.contains("threshold_1_verdict") == (c["concurrency"] == 10 && c["profile"] == "zero"));
    CHECK(c.contains("threshold_2_verdict") == (c["concurrency"] == 10 && c["profile"] == "realistic"));
  });
}

TEST_CASE("both designs run the six configurations in the original's order, and index all 818 files", "[examples]") {
  auto const& j = default_run();
  CHECK(j["mode"] == "per-file");
  CHECK(j["modes"].size() == 1);
  CHECK(j["modes"].contains("grouped"));
  std::vector<std::string> order;
  each_configuration(j, [&](std::string const& mode, report_json const& c) {
    order.push_back(mode + " " + c["concurrency"].dump() + " " + c["profile"].get<std::string>());
    CHECK(c["indexed_count"] == 818);
    CHECK(c["committed_transitions"] == 2454);
  });
  CHECK(order == std::vector<std::string>{"per-file 1 zero", "per-file 1 realistic", "per-file 10 zero",
                                          "per-file 10 realistic", "per-file 50 zero", "per-file 50 realistic",
                                          "grouped 1 zero", "grouped 1 realistic", "grouped 10 zero",
                                          "grouped 10 realistic", "grouped 50 zero", "grouped 50 realistic"});
}

TEST_CASE("the parts of a file's time add up to the nanosecond", "[examples]") {
  each_configuration(default_run(), [](std::string const& mode, report_json const& c) {
    INFO(mode << " (" << c["concurrency"] << ", " << c["profile"] << ")");
    REQUIRE(c["samples"].size() == 818);
    const std::int64_t asked = c["profile"] == "zero" ? 0 : 4'000'000'000;
    std::set<std::string> paths;
    for (auto const& s : c["samples"]) {
      auto const ns = [&](char const* key) { return nanoseconds(s[key]); };
      paths.insert(s["file_path"].get<std::string>());
      REQUIRE(ns("queue_ms") + ns("update_ms") == ns("lock_wait_ms"));
      REQUIRE(ns("lock_wait_ms") + ns("commit_ms") == ns("db_total_ms"));
      REQUIRE(ns("mock_upload_ms") + ns("mock_import_ms") == ns("mock_api_ms"));
      REQUIRE(ns("fsm_net_ms") + ns("mock_api_ms") == ns("total_wall_ms"));
      REQUIRE(ns("fsm_net_ms") >= ns("db_total_ms") + ns("fsm_dispatch_ms") + ns("fsm_hydrate_ms"));
      REQUIRE(ns("mock_asked_ms") == asked);
      REQUIRE(ns("mock_api_ms") >= asked);
      REQUIRE(ns("update_ms") > 0);
      REQUIRE(ns("commit_ms") > 0);
    }
    CHECK(paths.size() == 818);
    CHECK(*paths.begin() == "/bench/file_0001.txt");
    CHECK(*paths.rbegin() == "/bench/file_0818.txt");
  });
}

TEST_CASE("a percentile is the sample at min(int(p * n), n - 1)", "[examples]") {
  each_configuration(default_run(), [](std::string const& mode, report_json const& c) {
    INFO(mode << " (" << c["concurrency"] << ", " << c["profile"] << ")");
    for (std::string const segment :
         {"mock_api_ms", "db_total_ms", "lock_wait_ms", "fsm_dispatch_ms", "fsm_net_ms", "total_wall_ms", "queue_ms"}) {
      std::vector<double> values;
      for (auto const& s : c["samples"]) values.push_back(s[segment].get<double>());
      std::sort(values.begin(), values.end());
      auto const& shown = c["segments"][segment];
      CHECK(shown["min"] == values.front());
      CHECK(shown["p50"] == values[409]);
      CHECK(shown["p95"] == values[777]);
      CHECK(shown["p99"] == values[809]);
      CHECK(shown["max"] == values.back());
      CHECK(shown["count"] == 818);
    }
    CHECK(c["segments"]["transition_ms"]["count"] == 2454);
    REQUIRE(c["transition_by_event_ms"].size() == 3);
    for (auto const& event : c["transition_by_event_ms"]) CHECK(event["count"] == 818);
  });
}

TEST_CASE(
    "on the warp clock elapsed is jumped and real time, and lies between the ideal and the ideal with all real work",
    "[examples]") {
  each_configuration(default_run(), [](std::string const& mode, report_json const& c) {
    INFO(mode << " (" << c["concurrency"] << ", " << c["profile"] << ")");
    auto const concurrency = c["concurrency"].get<int>();
    double const cycle = c["profile"] == "zero" ? 0 : 4;
    CHECK(c["ideal_seconds"] == cycle * ((818 + concurrency - 1) / concurrency));
    auto const ns = [&](char const* key) { return std::llround(c[key].get<double>() * 1e9); };
    CHECK(ns("elapsed_seconds") == ns("jumped_seconds") + ns("real_seconds"));
    CHECK(ns("ideal_seconds") <= ns("elapsed_seconds"));
    CHECK(ns("elapsed_seconds") <= ns("ideal_seconds") + ns("real_seconds"));
  });
}

TEST_CASE("rates count three committed transitions a file, and four under the original's name", "[examples]") {
  each_configuration(default_run(), [](std::string const&, report_json const& c) {
    auto const elapsed = c["elapsed_seconds"].get<double>();
    CHECK(nearly(c["committed_transitions_per_second"].get<double>(), 2454 / elapsed));
    CHECK(nearly(c["transitions_per_second"].get<double>(), 3272 / elapsed));
  });
}

TEST_CASE("a verdict holds the numbers that it was made of", "[examples]") {
  each_configuration(default_run(), [](std::string const&, report_json const& c) {
    auto const& s = c["segments"];
    auto const judged = [&](char const* waiting) {
      return s[waiting]["p95"].get<double>() > 0.05 * s["db_total_ms"]["p95"].get<double>() ? "CONTENTION ("
                                                                                            : "CLEAN (";
    };
    CHECK(c["wal_contention_verdict"].get<std::string>().starts_with(judged("lock_wait_ms")));
    CHECK(c["wal_contention_verdict_without_update"].get<std::string>().starts_with(judged("queue_ms")));
    CHECK(c["wal_contention_verdict"].get<std::string>().find("db_total P95") != std::string::npos);
  });
  auto const& j = default_run();
  REQUIRE(j["thresholds"].size() == 2);
  CHECK(j["thresholds"][0]["limit_seconds"] == 300);
  CHECK(j["thresholds"][1]["limit_seconds"] == 21600);
  for (auto const& t : j["thresholds"])
    for (auto const& pair : t["modes"]) {
      CHECK(pair["verdict"] == "PASS");
      CHECK(pair["measured_seconds"].get<double>() <= pair["limit_seconds"].get<double>());
    }
  CHECK(j["bottleneck"]["evidence"].get<std::string>().find("% of db_total") != std::string::npos);
}

TEST_CASE("the mitigations compare four designs at (10, zero) with the original's", "[examples]") {
  auto const& m = default_run()["mitigations"];
  CHECK(m["baseline"] == "per-file");
  std::vector<std::string> designs;
  for (auto const& d : m["designs"]) {
    designs.push_back(d["design"].get<std::string>());
    for (auto const& p95 : d["p95"]) {
      CHECK(nearly(p95["change_ms"].get<double>(), p95["after"].get<double>() - p95["before"].get<double>()));
      CHECK(nearly(p95["change_percent"].get<double>(),
                   100 * p95["change_ms"].get<double>() / p95["before"].get<double>()));
    }
  }
  CHECK(designs == std::vector<std::string>{"per-file", "shared", "grouped", "grouped, full"});
  CHECK(json_of({"--mode", "grouped", "--files", "20"})["mitigations"].is_null());
}

TEST_CASE("the profile names the spans of a file, of its transactions and of the program", "[examples]") {
  std::set<std::string> names;
  auto const& spans = default_run()["profile"]["spans"];
  for (auto const& span : spans) {
    names.insert(span["name"].get<std::string>());
    CHECK(span["self_ms"].get<double>() <= span["total_ms"].get<double>());
    CHECK(span["calls"].get<int>() > 0);
  }
  CHECK(spans.size() == 20);
  for (auto const* name : {"hydrate", "dispatch", "queue", "begin", "update", "commit", "checkpoint", "open", "close",
                           "mock_upload", "mock_import", "sleep", "report"})
    CHECK(names.count(name) == 1);
}

TEST_CASE("100 files at 0.02 s take at least the ideal time and are all indexed, jumping or sleeping", "[examples]") {
  for (std::string const clock : {"warp", "wall"}) {
    INFO(clock);
    auto const j = json_of({"--files", "100", "--realistic-delay", "0.02", "--clock", clock, "--concurrency", "10",
                            "--profile", "realistic"});
    CHECK(j["clock"] == clock);
    each_configuration(j, [&](std::string const&, report_json const& c) {
      CHECK(nearly(c["ideal_seconds"].get<double>(), 0.4));
      CHECK(c["elapsed_seconds"].get<double>() >= c["ideal_seconds"].get<double>());
      CHECK(c["indexed_count"] == 100);
      CHECK((c["jumped_seconds"].get<double>() > 0) == (clock == "warp"));
    });
  }
}

TEST_CASE("with --json standard output is the JSON alone, and the files beside it hold the same", "[examples]") {
  program p(BATCH_BENCHMARK, {"--json", "--files", "20", "--quick", "--out", "reports", "--progress", "plain"});
  auto const e = p.wait();
  REQUIRE(e.code == 0);
  auto const printed = report_json::parse(e.out);  // throws on anything beside the one value
  std::vector<std::string> names;
  for (auto const& entry : std::filesystem::directory_iterator(p.work() / "reports"))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  REQUIRE(names.size() == 6);
  std::vector<std::string> endings;
  for (auto const& name : names) endings.push_back(name.substr(name.find('.')));
  CHECK(endings == std::vector<std::string>{".folded", ".json", ".speedscope.json", ".trace.json", ".txt", ".json"});
  for (std::size_t i = 0; i < 5; ++i) CHECK(names[i].starts_with("profile-"));
  CHECK(names[5].starts_with("results-"));
  CHECK(names[5].size() == std::string("results-20260101-000000.json").size());
  CHECK(report_json::parse(text_of(p.work() / "reports" / names[5])) == printed);
  CHECK(report_json::parse(text_of(p.work() / "reports" / names[1])) == printed["profile"]);
  CHECK(std::filesystem::is_empty(p.tmp()));
}

TEST_CASE("results that are there already are left alone, and the next second's name is taken", "[examples]") {
  temporary_folder out;
  auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  constexpr int taken = 120;
  for (int i = 0; i < taken; ++i)
    std::ofstream(out.path() / ("results-" + batch_benchmark::utc_stamp(now + std::chrono::seconds(i)) + ".json"))
        << "another driver's";
  REQUIRE(out.entries() == taken);
  program p(BATCH_BENCHMARK, {"--files", "3", "--profile", "zero", "--concurrency", "1", "--mode", "shared", "--json",
                              "--out", out.path().string()});
  auto const e = p.wait();
  REQUIRE(e.code == 0);
  CHECK(out.entries() == taken + 6);
  int others = 0;
  for (auto const& entry : std::filesystem::directory_iterator(out.path()))
    others += text_of(entry.path()) == "another driver's" ? 1 : 0;
  CHECK(others == taken);
  auto const free = batch_benchmark::utc_stamp(now + std::chrono::seconds(taken));
  CHECK(text_of(out.path() / ("results-" + free + ".json")) == e.out);
  CHECK(std::filesystem::exists(out.path() / ("profile-" + free + ".txt")));
}

TEST_CASE("the tables have six rows for each mode, and no colour where they are piped", "[examples]") {
  auto const e = run({"--files", "20", "--quick"});
  REQUIRE(e.code == 0);
  CHECK(e.out.find('\x1b') == std::string::npos);
  for (std::string const title : {"\nper-file (warp clock): ", "\ngrouped (warp clock): "}) {
    auto at = e.out.find(title);
    REQUIRE(at != std::string::npos);
    at = e.out.find("\n---", at);
    at = e.out.find('\n', at + 1);
    auto const rows = e.out.substr(at + 1, e.out.find("\n\n", at) - at);
    CHECK(std::count(rows.begin(), rows.end(), '\n') == 6);
    CHECK(count_of(rows, " realistic ") == 3);
  }
  CHECK(count_of(e.out, "Threshold 1 (10, zero): ") == 2);
  CHECK(count_of(e.out, "Threshold 2 (10, realistic): ") == 2);
  CHECK(count_of(e.out, ": PASS\n") == 4);
  CHECK(e.out.find("Mitigations at (10, zero)") != std::string::npos);
  CHECK(e.out.find("clock warp") != std::string::npos);
}

TEST_CASE("a narrow page gets each table in as many parts as it takes, and nothing of it is cut", "[examples]") {
  auto const e = run({"--files", "200", "--quick", "--mode", "grouped"}, {"COLUMNS=80"});
  REQUIRE(e.code == 0);
  auto const parts = count_of(e.out, "\ngrouped (warp clock): ");
  CHECK(parts >= 2);
  CHECK(count_of(e.out, "fsm_net  ") == 1);
  CHECK(count_of(e.out, "realistic  ") >= 3 * parts);
  CHECK(e.out.find("\u2026") == std::string::npos);
  CHECK(count_of(e.out, " ms\n") >= 6);  // each verdict with both of its numbers
  auto const wide = run({"--files", "20", "--quick", "--mode", "grouped"});
  CHECK(count_of(wide.out, "\ngrouped (warp clock): ") == 1);
}

TEST_CASE("a terminal gets colour and a bar, and NO_COLOR takes the colour away", "[examples]") {
  std::vector<std::string> const args{"--files", "20", "--quick", "--mode", "grouped"};
  CHECK(run_on_terminal(BATCH_BENCHMARK, args, {}).find("\x1b[32mPASS\x1b[0m") != std::string::npos);
  auto const plain = run_on_terminal(BATCH_BENCHMARK, args, {"NO_COLOR=1"});
  CHECK(plain.find(": PASS") != std::string::npos);
  CHECK(plain.find("\x1b[3") == std::string::npos);
  std::vector<std::string> const slow{"--files",           "30",   "--clock",   "wall",
                                      "--realistic-delay", "0.02", "--profile", "realistic",
                                      "--concurrency",     "1",    "--mode",    "grouped"};
  CHECK(run_on_terminal(BATCH_BENCHMARK, slow, {}).find("ETA 0:0") != std::string::npos);
}

TEST_CASE("traces of every configuration are written beside the profile, each in its viewer's format", "[examples]") {
  program p(BATCH_BENCHMARK, {"--files", "300", "--quick", "--concurrency", "10"});
  REQUIRE(p.wait().code == 0);
  std::map<std::string, std::string> text;  // by what follows the stamp
  for (auto const& entry : std::filesystem::directory_iterator(p.work() / "benchmarks")) {
    auto const file = entry.path().filename().string();
    if (file.starts_with("profile-")) text[file.substr(file.find('.'))] = text_of(entry.path());
  }
  REQUIRE(text.contains(".trace.json"));
  REQUIRE(text.contains(".folded"));
  REQUIRE(text.contains(".speedscope.json"));
  CHECK(trace_formats::broken_in_chrome_trace(text[".trace.json"]) == "");
  CHECK(trace_formats::broken_in_folded_stacks(text[".folded"]) == "");
  CHECK(trace_formats::broken_in_speedscope(text[".speedscope.json"]) == "");
  for (std::string const name : {"per-file (10, zero)", "grouped (10, realistic)", "shared (10, zero)"}) {
    INFO(name);
    CHECK(count_of(text[".trace.json"], '"' + name + '"') == 1);
    CHECK(count_of(text[".folded"], name + ";file;db_write;queue ") == 1);
    CHECK(count_of(text[".speedscope.json"], '"' + name + '"') == 1);
  }
  CHECK(text[".trace.json"].find("earlier spans dropped") != std::string::npos);
  CHECK(report_json::parse(text[".trace.json"])["otherData"]["kept_spans"].get<int>() == 6 * 4096);
}

TEST_CASE(
    "--html writes one page that needs nothing else, and says at its head what ran, whether it passed and what is "
    "fastest",
    "[examples]") {
  program p(BATCH_BENCHMARK, {"--mode", "per-file,shared,grouped", "--html", "pages/run.html"});
  REQUIRE(p.wait().code == 0);
  auto const page = text_of(p.work() / "pages" / "run.html");
  CHECK(markup_rules::broken_in_page(page) == "");
  CHECK(page.size() <= 60 * 1024);
  auto const head = page.substr(page.find("<h1>"), page.find("<h2>") - page.find("<h1>"));
  CHECK(head.find("<b class=\"word good\">PASS</b> Fastest: ") != std::string::npos);
  CHECK(head.find("818 files, 3 committed transitions each, with 1, 10, 50 in flight") != std::string::npos);
  CHECK(head.find("Threshold 2, 10 in flight, realistic, at most 21600 s: per-file 328 s (PASS)") != std::string::npos);
  for (auto const* heading : {"Throughput", "The designs side by side", "Latency", "Breakdown", "Progress",
                              "All figures", "Versions and settings"})
    CHECK(count_of(page, std::string("<h2>") + heading) == 1);
  for (std::string const title : {"1 in flight, zero", "10 in flight, realistic", "50 in flight, zero"})
    CHECK(count_of(page, "<figcaption>" + title + "</figcaption>") == 3);  // latency, breakdown, progress
  for (auto const* fact : {"sqlite", "compiler", "clock", "durability", "databases on"})
    CHECK(count_of(page, std::string("<dt>") + fact + "</dt>") == 1);
}

TEST_CASE("the page of a run that missed a threshold, or had none, says so", "[examples]") {
  auto const head_of = [](program::arguments args) {
    args.insert(args.end(), {"--files", "20", "--mode", "grouped", "--html", "run.html"});
    program p(BATCH_BENCHMARK, args);
    CHECK(p.wait().code == 0);
    auto const page = text_of(p.work() / "run.html");
    CHECK(markup_rules::broken_in_page(page) == "");
    return page.substr(0, page.find("<h2>"));
  };
  CHECK(head_of({"--realistic-delay", "9000"}).find("<b class=\"word bad\">FAIL</b>") != std::string::npos);
  CHECK(head_of({"--concurrency", "3"}).find("<b class=\"word\">NOT JUDGED</b>") != std::string::npos);
}

TEST_CASE("samples are one row a file, and there only when they are asked for", "[examples]") {
  auto const j = json_of({"--files", "7", "--profile", "zero", "--concurrency", "3", "--mode", "shared", "--samples"});
  CHECK(j["mode"] == "shared");
  REQUIRE(j["configurations"].size() == 1);
  CHECK(j["configurations"][0]["samples"].size() == 7);
  CHECK_FALSE(json_of({"--files", "7", "--mode", "shared"})["configurations"][0].contains("samples"));
}

TEST_CASE("20,000 files may be in flight, and each of them takes at most 5 KB of memory", "[examples]") {
  constexpr std::size_t files = 20'000, of_the_program = std::size_t{24} << 20;  // with the libraries that libpq needs
  program p(BATCH_BENCHMARK, {"--files", "20000", "--mode", "grouped", "--profile", "realistic", "--concurrency",
                              "20000", "--json", "--progress", "none"});
  auto const e = p.wait();
  INFO(e.err);
  REQUIRE(e.code == 0);
  auto const all = report_json::parse(e.out)["configurations"][0];
  CHECK(all["indexed_count"] == files);
  CHECK(all["ideal_seconds"] == 4);
  CHECK(all["elapsed_seconds"] < 8);  // twice 2 s: they were in flight together
  CHECK(p.most_memory() < of_the_program + files * 5120);
}

TEST_CASE("where a histogram stands in for the samples, the method's name says so", "[examples]") {
  auto const j = json_of({"--files", "34000", "--profile", "zero", "--concurrency", "50", "--mode", "grouped"});
  CHECK(j["percentile_method"] == "floor_index_log_linear_7");
  CHECK(j["configurations"][0]["segments"]["transition_ms"]["count"] == 102000);
}

TEST_CASE("--keep-db leaves the databases and says where; they hold what the remote answered", "[examples]") {
  program p(BATCH_BENCHMARK,
            {"--files", "12", "--profile", "zero", "--concurrency", "3", "--mode", "per-file,grouped", "--keep-db"});
  auto const e = p.wait();
  REQUIRE(e.code == 0);
  std::vector<std::filesystem::path> databases;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(p.tmp()))
    if (entry.path().extension() == ".db") databases.push_back(entry.path());
  REQUIRE(databases.size() == 2);
  CHECK(e.err.find(databases[0].parent_path().string()) != std::string::npos);
  for (auto const& path : databases) {
    pawl::sqlite::database database(path.string());
    auto rows = database.prepare(
        "SELECT file_path, gemini_state, version, gemini_file_id, gemini_file_uri, gemini_store_doc_id, "
        "upload_timestamp, gemini_state_updated_at, "
        "file_size FROM files ORDER BY 1");
    for (int i = 1; i <= 12; ++i) {
      REQUIRE(rows.step());
      char name[32];
      std::snprintf(name, sizeof name, "/bench/file_%04d.txt", i);
      CHECK(rows.text(0) == name);
      CHECK(rows.text(1) == "indexed");
      CHECK(rows.integer(2) == 3);
      CHECK(rows.text(3) == "files/mock_" + std::string(name));
      CHECK(rows.text(4) == "uri://mock_" + std::string(name));
      CHECK(rows.text(5) == "doc_" + std::string(name));
      CHECK(rows.text(6).size() == 26);
      CHECK(rows.text(7).size() == 26);
      CHECK(rows.integer(8) == 1024);
    }
    CHECK_FALSE(rows.step());
  }
}

TEST_CASE("what is wrong on the command line is said in one sentence, with exit code 2", "[examples]") {
  struct mistake {
    program::arguments args;
    char const* says;
  };
  std::vector<mistake> const mistakes{
      {{"--bogus"}, "unknown option '--bogus'"},
      {{"extra"}, "'extra' is no option"},
      {{"--conc", "5"}, "unknown option '--conc'; did you mean --concurrency?"},
      {{"--seed", "-1"}, "unknown option '--seed'"},
      {{"--html", "--quick"}, "--html needs a value, and what follows is the option '--quick'"},
      {{"--html=", "--json"}, "--html takes a file, not ''"},
      {{"--html=", "--files", "5"}, "--html takes a file, not ''"},
      {{"--files="}, "--files takes whole numbers from 1 to 10000000, not ''"},
      {{"--concurrency", "0"}, "--concurrency takes whole numbers from 1 to "},
      {{"--concurrency", "1000000000"}, "not '1000000000'"},
      {{"--concurrency", "-1"}, "not '-1'"},
      {{"--concurrency", "1,ten"}, "not 'ten'"},
      {{"--concurrency", "1,,2"}, "not ''"},
      {{"--concurrency"}, "--concurrency needs a value"},
      {{"--files", "0"}, "--files takes whole numbers"},
      {{"--files", "99999999999999999999"}, "--files takes whole numbers"},
      {{"--mode", "fast"}, "--mode takes one of per-file, shared, grouped, not 'fast'"},
      {{"--profile", "zero,slow"}, "--profile takes one of zero, realistic, not 'slow'"},
      {{"--realistic-delay", "-0.5"}, "--realistic-delay takes seconds from 0 to 86400, not '-0.5'"},
      {{"--realistic-delay", "nan"}, "not 'nan'"},
      {{"--realistic-delay", ""}, "--realistic-delay takes seconds from 0 to 86400, not ''"},
      {{"--clock", "sun"}, "--clock takes one of warp, wall"},
      {{"--durability", "some"}, "--durability takes one of normal, full"},
      {{"--progress", "loud"}, "--progress takes one of auto, bar, plain, none"},
      {{"--out", ""}, "--out takes a folder, not ''"},
      {{"--dir", ""}, "--dir takes a folder, not ''"},
      {{"--html", ""}, "--html takes a file, not ''"},
      {{"--clock", "\x1b[31mred"}, "not '\\x1b[31mred'"},
      {{"\x1b[31mred"}, "'\\x1b[31mred' is no option"},
      {{"--json=1"}, "--json takes no value"},
      {{"--gate", "--concurrency", "1"}, "--gate judges (10, zero) and (10, realistic)"}};
  for (auto const& m : mistakes) {
    auto const e = run(m.args);
    INFO(e.err);
    CHECK(e.code == 2);
    CHECK(e.out.empty());
    CHECK(e.err.starts_with("batch_benchmark: "));
    CHECK(e.err.find(m.says) != std::string::npos);
    CHECK(count_of(e.err, "\n") == 1);
  }
}

TEST_CASE("a folder that cannot be written is named at once, with exit code 1", "[examples]") {
  temporary_folder folder;
  std::ofstream(folder.path() / "file") << "a file";
  auto const in_a_file = (folder.path() / "file" / "below").string(), missing = (folder.path() / "missing").string();
  for (program::arguments const& args : {program::arguments{"--out", in_a_file},
                                         {"--dir", in_a_file},
                                         {"--dir", missing},
                                         {"--html", folder.path().string()}}) {
    auto const e = run(args);
    INFO(e.err);
    CHECK(e.code == 1);
    CHECK(e.out.empty());
    CHECK(e.err.find("'" + args[1] + "'") != std::string::npos);
    CHECK(count_of(e.err, "\n") == 1);
  }
  CHECK(text_of(folder.path() / "file") == "a file");
}

TEST_CASE("a page that cannot be written is named at once, with exit code 1, and a device is written to as it is",
          "[examples]") {
  temporary_folder folder;
  std::ofstream(folder.path() / "file") << "a file";
  auto const e = run({"--html", (folder.path() / "file" / "run.html").string()});
  CHECK(e.code == 1);
  CHECK(e.out.empty());
  CHECK(e.err.find("'" + (folder.path() / "file").string() + "' for the page") != std::string::npos);
  CHECK(count_of(e.err, "\n") == 1);
  program::arguments const small{"--files", "5", "--mode", "grouped", "--html"};
  auto const with = [&](char const* file) {
    auto args = small;
    args.emplace_back(file);
    return run(args);
  };
  CHECK(with("/dev/null").code == 0);
  auto const full = with("/dev/full");
  CHECK(full.code == 1);
  CHECK(full.err.find("'/dev/full'") != std::string::npos);
}

TEST_CASE("a folder for temporary files that is not there is named, and so is the option for another one",
          "[examples]") {
  auto const e = program(BATCH_BENCHMARK, {"--files", "2"}, {"TMPDIR=/nonexistent"}).wait();
  CHECK(e.code == 1);
  CHECK(e.err.find("'/nonexistent'") != std::string::npos);
  CHECK(e.err.find("--dir") != std::string::npos);
}

TEST_CASE("a standard output that is full or closed is named, and costs no report", "[examples]") {
  for (std::string const to : {">/dev/full", ">&-"}) {
    INFO(to);
    program p("/bin/sh", {"-c", "exec '" BATCH_BENCHMARK "' --files 2 --quick " + to});
    auto const e = p.wait();
    CHECK(e.code == 1);
    CHECK(e.err.find("cannot write to standard output") != std::string::npos);
    CHECK(count_of(e.err, "\n") == 1);
    auto const reports = std::filesystem::directory_iterator(p.work() / "benchmarks");
    CHECK(std::distance(begin(reports), end(reports)) == 6);
  }
}

TEST_CASE("the write-ahead log grows from nothing over a run of transitions", "[examples]") {
  for (auto const& c : default_run()["configurations"]) {
    if (c["concurrency"] != 1 || c["profile"] != "zero") continue;
    CHECK(c["wal_size_end_bytes"].get<std::int64_t>() > 0);
    CHECK(c["wal_size_start_bytes"].get<std::int64_t>() > 0);
    CHECK(c["wal_size_end_bytes"] > c["wal_size_start_bytes"]);
  }
}

TEST_CASE("--gate answers 0 when all is well, and 5 with the reason when a threshold is missed", "[examples]") {
  CHECK(run({"--gate", "--files", "100", "--quick", "--concurrency", "10"}).code == 0);
  auto const e =
      run({"--gate", "--files", "100", "--realistic-delay", "2000", "--concurrency", "10", "--mode", "grouped"});
  CHECK(e.code == 5);
  CHECK(e.err.find("threshold 2 is missed by grouped") != std::string::npos);
  CHECK(e.out.find("Threshold 2 (10, realistic): 40000.") != std::string::npos);
  CHECK(e.out.find(": FAIL") != std::string::npos);
}

TEST_CASE("--version and --help answer on standard output", "[examples]") {
  auto const version = run({"--version"});
  CHECK(version.code == 0);
  for (auto const* what : {"pawl ", "sqlite ", "boost ", "fmt ", "compiler "})
    CHECK(version.out.find(what) != std::string::npos);
  auto const help = run({"--help"});
  CHECK(help.code == 0);
  CHECK(help.out.find("Examples:") != std::string::npos);
  for (auto const* option :
       {"--from", "--files", "--concurrency", "--profile", "--quick", "--realistic-delay", "--clock", "--mode",
        "--durability", "--dir", "--out", "--html", "--json", "--samples", "--keep-db", "--gate", "--progress"})
    CHECK(help.out.find(option) != std::string::npos);
}

TEST_CASE("full durability on a RAM disk is marked as no durability figure", "[examples]") {
  struct statfs found {};
  if (::statfs("/dev/shm", &found) != 0 || found.f_type != 0x01021994 || ::access("/dev/shm", W_OK) != 0) return;
  auto const j =
      json_of({"--files", "20", "--profile", "zero", "--mode", "grouped", "--durability", "full", "--dir", "/dev/shm"});
  CHECK(j["durability"] == "full");
  CHECK(j["file_system"] == "tmpfs");
  CHECK(j["durability_note"].get<std::string>().find("RAM disk") != std::string::npos);
}

// ---- while it runs ----

// So slow that it is always there when something is done to it.
static program::arguments const slowly{"--clock", "wall",       "--profile", "realistic", "--concurrency",
                                       "1",       "--progress", "none",      "--json"};

static program::arguments slow_run(program::arguments more) {
  more.insert(more.end(), slowly.begin(), slowly.end());
  return more;
}
// The program's database, once its first file is on its way.
static std::string database_under_way(program const& p) {
  std::string found;
  bool const there = eventually([&] {
    for (auto const& entry : std::filesystem::recursive_directory_iterator(p.tmp()))
      if (entry.path().extension() == ".db") found = entry.path().string();
    if (found.empty()) return false;
    try {
      pawl::sqlite::database database(found, {.create = false});
      auto begun = database.prepare("SELECT count(*) FROM files WHERE gemini_state<>'untracked'");
      return begun.step() && begun.integer(0) > 0;
    } catch (pawl::error const&) {
      return false;  // it is being made
    }
  });
  REQUIRE(there);
  return found;
}

TEST_CASE("SIGINT and SIGTERM end the run with what was measured, marked as interrupted, and nothing left behind",
          "[examples]") {
  for (std::string const mode : {"grouped", "per-file"})
    for (int number : {SIGINT, SIGTERM}) {
      INFO(mode << ", signal " << number);
      program p(BATCH_BENCHMARK, slow_run({"--realistic-delay", "0.1", "--mode", mode}));
      database_under_way(p);
      p.signal(number);
      auto const e = p.wait();
      CHECK(e.code == 128 + number);
      auto const j = report_json::parse(e.out);
      CHECK(j["interrupted"] == true);
      REQUIRE(j["configurations"].size() == 1);
      CHECK(j["configurations"][0]["interrupted"] == true);
      CHECK(j["configurations"][0]["indexed_count"].get<int>() < 818);
      CHECK(std::filesystem::is_empty(p.tmp()));
      CHECK_FALSE(std::filesystem::is_empty(p.work() / "benchmarks"));
    }
}

TEST_CASE("a second signal ends the program at once, even while it waits for a lock", "[examples]") {
  program p(BATCH_BENCHMARK, slow_run({"--realistic-delay", "0.1", "--mode", "grouped"}));
  pawl::sqlite::database database(database_under_way(p), {.create = false});
  database.execute("BEGIN IMMEDIATE");
  std::this_thread::sleep_for(std::chrono::seconds(1));  // its call has ended, and it wants to write
  REQUIRE(eventually([&] {
    p.signal(SIGINT);
    return !p.running();
  }));
  CHECK(p.wait().signal == SIGINT);
}

TEST_CASE("a signal ends the slow calls that are in flight, says so and leaves nothing behind", "[examples]") {
  for (std::string const mode : {"grouped", "shared", "per-file"}) {
    INFO(mode);
    program p(BATCH_BENCHMARK, slow_run({"--realistic-delay", "3600", "--mode", mode}));
    database_under_way(p);
    p.signal(SIGINT);
    REQUIRE(eventually([&] { return !p.running(); }));
    auto const e = p.wait();
    CHECK(e.code == 130);
    CHECK(e.err.find("batch_benchmark: stopping") != std::string::npos);
    CHECK(count_of(e.err, "\n") == 1);
    CHECK(report_json::parse(e.out)["interrupted"] == true);
    CHECK(std::filesystem::is_empty(p.tmp()));
  }
}

TEST_CASE("a signal ends the insertion of very many rows", "[examples]") {
  program p(BATCH_BENCHMARK, {"--files", "10000000", "--mode", "grouped", "--json"});
  REQUIRE(eventually([&] { return !std::filesystem::is_empty(p.tmp()); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  auto const began = std::chrono::steady_clock::now();
  p.signal(SIGINT);
  auto const e = p.wait();
  CHECK(e.code == 130);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(3));
  CHECK(report_json::parse(e.out)["interrupted"] == true);
}

// Does something to the last of four files while the first one is on its way.
static ending sabotage(std::string const& assignment) {
  program p(BATCH_BENCHMARK, slow_run({"--files", "4", "--realistic-delay", "0.3", "--mode", "grouped"}));
  {
    pawl::sqlite::database database(database_under_way(p), {.create = false});
    database.execute("UPDATE files SET " + assignment + " WHERE file_path='/bench/file_0004.txt'");
  }
  return p.wait();
}

TEST_CASE("a file that is not indexed at version 3 fails the run with exit code 3, and is counted", "[examples]") {
  auto const e = sabotage("version=7");
  CHECK(e.code == 3);
  CHECK(e.err.find("1 of 4 files are not indexed at version 3") != std::string::npos);
  CHECK(e.out.empty());
}

TEST_CASE("a file with contents that the remote never answered fails the run, too", "[examples]") {
  auto const e = sabotage("content_hash='another'");
  CHECK(e.code == 3);
  CHECK(e.err.find("1 of 4 files are indexed, but hold other contents") != std::string::npos);
}
