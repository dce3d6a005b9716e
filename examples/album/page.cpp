#include "page.hpp"

#include <fmt/format.h>

#include <pawl/http/percent_encoded.hpp>
#include <pawl/report/markup.hpp>

namespace photo_album {

static constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 1rem }
figure { margin: 0 }
img { width: 100%; height: auto; aspect-ratio: 4 / 3; object-fit: cover; border-radius: .4rem }
figcaption, li { overflow-wrap: anywhere }
</style>
)";

std::string page_of(std::string_view title, std::vector<shown_photo> const& shown,
                    std::vector<broken_photo> const& broken) {
  using pawl::markup_text;
  auto page = std::string(head) + fmt::format("<title>{0}</title>\n<h1>{0}</h1>\n<main>\n", markup_text(title));
  for (auto const& one : shown)
    page += fmt::format(
        "<figure><img src=\"{}\" alt=\"\" width=\"{}\" height=\"{}\" "
        "loading=\"lazy\"><figcaption>{}</figcaption></figure>\n",
        pawl::http::percent_encoded(one.name), one.width, one.height, markup_text(one.name));
  page += "</main>\n";
  if (broken.empty()) return page;
  page += "<h2>Not shown</h2>\n<ul>\n";
  for (auto const& one : broken) page += fmt::format("<li>{}: {}</li>\n", markup_text(one.name), markup_text(one.why));
  return page + "</ul>\n";
}

}  // namespace photo_album
