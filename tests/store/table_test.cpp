// The SQL of a mapping, as text.
#include <string>
#include <string_view>

#include <pawl/sqlite/sql.hpp>
#include <pawl/store/table.hpp>

#include "catch.hpp"
#include "store/filing.hpp"

namespace table_test {

using namespace filing;

enum class door_state { open, shut };
constexpr std::string_view state_name(door_state s) { return s == door_state::open ? "o'pen" : "shut"; }
struct push {};
struct door : pawl::lifecycle<pawl::initial<door_state::open>, pawl::goal<door_state::shut>,
                              pawl::transition<door_state::open, push, door_state::shut>> {};
struct plain_table : pawl::table<door> {};
static_assert(pawl::valid<plain_table>);

// One field may go to two columns, and one event may be named in several places.
struct doubled : pawl::table<file_lifecycle> {
  static constexpr pawl::names names{.table = "t"};
  static constexpr auto columns = pawl::columns(
      pawl::on<complete_upload>(pawl::set("a", &complete_upload::file_id), pawl::set("b", &complete_upload::file_id)),
      pawl::on<start_upload, complete_upload>(pawl::now("at")),
      pawl::on<complete_upload>(pawl::set("c", &complete_upload::file_uri)),
      pawl::on<complete_processing>(pawl::set("d", &complete_processing::document_id)),
      pawl::on<fail_upload>(pawl::set("e", &fail_upload::error_message)),
      pawl::on<fail_processing>(pawl::set("e", &fail_processing::error_message)),
      pawl::on<fail_reset>(pawl::set("e", &fail_reset::error_message)));
};
static_assert(pawl::valid<doubled>);

TEST_CASE("an UPDATE is guarded by key, state and version, and writes version + 1", "[store]") {
  CHECK(pawl::update_sql<files_table, untracked, start_upload> ==
        "UPDATE [files] SET [gemini_state]='uploading',[version]=[version]+1,[gemini_state_updated_at]=?1"
        " WHERE [file_path]=?2 AND [gemini_state]='untracked' AND [version]=?3");
  CHECK(pawl::update_sql<files_table, failed, retry> ==
        "UPDATE [files] SET "
        "[gemini_state]='untracked',[version]=[version]+1,[gemini_state_updated_at]=?1,[gemini_file_id]=NULL,"
        "[gemini_file_uri]=NULL,[gemini_store_doc_id]=NULL,[upload_timestamp]=NULL,[error_message]=NULL"
        " WHERE [file_path]=?2 AND [gemini_state]='failed' AND [version]=?3");
}

TEST_CASE("an UPDATE writes the fields of the event and its times", "[store]") {
  CHECK(pawl::update_sql<files_table, uploading, complete_upload> ==
        "UPDATE [files] SET "
        "[gemini_state]='processing',[version]=[version]+1,[gemini_state_updated_at]=?1,[gemini_file_id]=?4,"
        "[gemini_file_uri]=?5,[upload_timestamp]=?1 WHERE [file_path]=?2 AND [gemini_state]='uploading' AND "
        "[version]=?3");
  CHECK(pawl::update_sql<doubled, uploading, complete_upload> ==
        "UPDATE [t] SET [state]='processing',[version]=[version]+1,[a]=?4,[b]=?5,[at]=?1,[c]=?6"
        " WHERE [key]=?2 AND [state]='uploading' AND [version]=?3");
}

TEST_CASE("a mapping without words of its own takes the lifecycle's name and writes no other columns", "[store]") {
  CHECK(pawl::update_sql<plain_table, door_state::open, push> ==
        "UPDATE [door] SET [state]='shut',[version]=[version]+1 WHERE [key]=?2 AND [state]='o''pen' AND [version]=?3");
}

TEST_CASE("the reads name just the columns that they need", "[store]") {
  CHECK(pawl::detail::get_sql<files_table> ==
        "SELECT rowid,[gemini_state],[version] FROM [files] WHERE [file_path]=?1");
  CHECK(pawl::detail::unrecognised_sql<plain_table> ==
        "SELECT count(*) FROM [door] WHERE [state] IS NULL OR [state] COLLATE BINARY NOT IN('o''pen','shut')"
        " OR typeof([version])<>'integer' OR typeof([key]) NOT IN('text','integer')");
  CHECK(pawl::detail::recorded_sql<files_table, complete_upload> ==
        "SELECT [gemini_file_id],[gemini_file_uri] FROM [files] WHERE [file_path]=?1");
}

template <int Which> struct born_in : plain_table {
  static constexpr pawl::names all[5] = {{.table = "t", .born = "key"},
                                         {.table = "t", .born = "at", .priority = "at"},
                                         {.table = "t", .born = "STATE"},
                                         {.table = "t", .born = "Version"},
                                         {.table = "t", .changed_at = "at", .born = "At"}};
  static constexpr pawl::names names = all[Which];
};

TEST_CASE("a column of births may be the key or the priority, and nothing that a transition writes", "[store]") {
  STATIC_REQUIRE(pawl::detail::names_differ<born_in<0>>());
  STATIC_REQUIRE(pawl::detail::names_differ<born_in<1>>());
  STATIC_REQUIRE_FALSE(pawl::detail::names_differ<born_in<2>>());
  STATIC_REQUIRE_FALSE(pawl::detail::names_differ<born_in<3>>());
  STATIC_REQUIRE_FALSE(pawl::detail::names_differ<born_in<4>>());
}

TEST_CASE("SQL texts end with a NUL, as SQLite and printf like them", "[store]") {
  CHECK(std::string(pawl::update_sql<files_table, uploading, complete_upload>.data()) ==
        pawl::update_sql<files_table, uploading, complete_upload>);
}

}  // namespace table_test
