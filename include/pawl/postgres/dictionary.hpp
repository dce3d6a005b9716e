// What a database recorded about a table of items before, compared with the lifecycle and the columns of now.
#ifndef PAWL_POSTGRES_DICTIONARY_HPP
#define PAWL_POSTGRES_DICTIONARY_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres {

// How the lifecycle differs from the one that last opened this table.
struct lifecycle_change {
  std::vector<std::string> added{};    // new states; empty if the table was never opened before
  std::vector<std::string> removed{};  // states that no longer exist; their rows are left alone
};

namespace detail {

struct stored_state {
  std::int64_t code = 0;
  std::string name{};
};

// A row of pawl_meta. An empty column: there is none.
struct stored_meta {
  std::int64_t schema = 0;
  std::string fingerprint{}, identity{}, kept{};
  std::string key{}, state{}, version{}, changed_at{}, born{}, priority{}, row{};

  friend bool operator==(stored_meta const&, stored_meta const&) = default;
};

// What the store of now would record, but for the identity, which stays as it is.
inline stored_meta meta_of(layout const& of, std::string_view identity) {
  auto const bare = [](std::string const& quoted_name) {
    bool const is_quoted = quoted_name.starts_with('"');
    return is_quoted ? quoted_name.substr(1, quoted_name.size() - 2) : quoted_name;
  };
  return {own_schema,
          hexadecimal(of.lifecycle->fingerprint),
          std::string(identity),
          of.kept == states_kept_as::codes ? "codes" : "names",
          bare(of.key),
          bare(of.state),
          bare(of.version),
          bare(of.changed_at),
          bare(of.born),
          bare(of.priority),
          bare(of.row)};
}

// The dictionary of one table, as it was read.
struct dictionary {
  std::optional<stored_meta> meta{};  // empty: no program has opened this table before
  std::vector<stored_state> states{};

  bool knows() const noexcept { return meta.has_value(); }
  // False if something is to be written.
  bool is_current(layout const& of) const { return meta && *meta == meta_of(of, meta->identity); }
  // True if the rows' lives are told by other columns than before: what is recorded of them is then about no row of now.
  bool tells_other_lives(layout const& of) const {
    if (!meta) return false;
    stored_meta const now = meta_of(of, meta->identity);
    return meta->row != now.row || meta->born != now.born;
  }

  // Name of a state unknown to the lifecycle: from the dictionary, or else "code N".
  std::string name_of(std::int64_t code) const {
    for (stored_state const& one : states)
      if (one.code == code) return one.name;
    return text({"code ", number(code)});
  }

  // Throws store_error (refused) if a code now belongs to a different state, because existing rows would change their
  // meaning. `where`: the database, for messages.
  lifecycle_change compare(layout const& of, std::string_view where) const {
    lifecycle_change change;
    std::vector<bool> found(of.lifecycle->state_count());
    for (stored_state const& stored : states) {
      std::size_t const ours = find(of, stored, where);
      if (ours < found.size())
        found[ours] = true;
      else
        change.removed.push_back(stored.name);
    }
    for (std::size_t i = 0; knows() && i < found.size(); ++i)
      if (!found[i]) change.added.emplace_back(of.lifecycle->state_names[i]);
    return change;
  }

 private:
  static std::size_t find(layout const& of, stored_state const& stored, std::string_view where) {
    bool const by_code = of.kept == states_kept_as::codes;
    std::size_t const count = of.lifecycle->state_count();
    for (std::size_t i = 0; i < count; ++i) {
      std::int64_t const code = of.lifecycle->state_codes[i];
      std::string_view const name = of.lifecycle->state_names[i];
      if (name == stored.name && (code == stored.code || !by_code)) return i;
      if (by_code && (code == stored.code || name == stored.name))
        pawl::detail::wording::fail(
            store_failure::refused,
            {"pawl: ", where, ": in table ", of.name, " the lifecycle has state '", name, "' with code ", number(code),
             ", but the database has '", stored.name, "' with code ", number(stored.code),
             ". Give each state the enumerator value and the stored name that it had before (state_name sets the "
             "stored "
             "name)"});
    }
    return count;
  }
};

// Throws store_error (refused) if the records are of a schema that this version of pawl does not know.
inline void refuse_newer_schema(std::int64_t newest, std::string_view where) {
  if (newest > own_schema)
    pawl::detail::wording::fail(store_failure::refused,
                                {"pawl: ", where, ": pawl's records in it have schema ", number(newest),
                                 ", but pawl " PAWL_VERSION_STRING " supports schemas up to ", number(own_schema),
                                 "; use a newer version of pawl"});
}
// Throws store_error (refused) if the table of pawl's own is there, and not from pawl.
inline void refuse_foreign_table(layout const& of, bool exists, dictionary const& known, std::string_view where) {
  if (exists && !known.knows())
    pawl::detail::wording::fail(
        store_failure::refused,
        {"pawl: ", where, ": table ", of.name, " exists but was not created by pawl; map it with pawl::table"});
}

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI::postgres

#endif
