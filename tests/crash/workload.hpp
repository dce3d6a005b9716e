// Files on their way into an index, moved with pawl as a program would, and everything known about them.
#ifndef PAWL_TESTS_CRASH_WORKLOAD_HPP
#define PAWL_TESTS_CRASH_WORKLOAD_HPP

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/testing/history_checker.hpp>

#include "crash/allocations.hpp"
#include "store/filing.hpp"

namespace crash {

using namespace filing;
using history = pawl::testing::history_checker<file_lifecycle>;
using pawl::testing::loss;
using sentences = history::sentences;
using pawl::sqlite::durability;

inline std::string key_of(std::size_t number) { return "file " + std::to_string(number); }
inline std::string uri_of(std::string_view key) { return "uri of " + std::string(key); }
inline std::string document_of(std::string_view key) { return "document of " + std::string(key); }

// What moves a file on from a state, or nothing.
template <auto S> auto event_from(std::string const& key) {
  if constexpr (S == untracked)
    return start_upload{};
  else if constexpr (S == uploading)
    return complete_upload{key, uri_of(key)};
  else if constexpr (S == processing)
    return complete_processing{document_of(key)};
}
template <auto S> inline constexpr bool moves_on = !std::is_void_v<decltype(event_from<S>(std::string()))>;
template <auto S>
  requires moves_on<S>
inline constexpr file_state next_of = pawl::next_state<file_lifecycle, S, decltype(event_from<S>(std::string()))>;

inline pawl::sqlite::options options_for(durability durable, int checkpoint_frames) {
  pawl::sqlite::options o;
  o.durable = durable;
  o.checkpoint_frames = checkpoint_frames;
  o.busy_timeout = std::chrono::milliseconds(0);
  o.now = [] { return std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000)); };
  return o;
}

// The database, opened as a program would; T is the mapped table or the lifecycle.
template <class T> class workplace {
 public:
  static constexpr bool is_mapped = std::same_as<T, files_table>;

  workplace(std::string const& path, pawl::sqlite::options o) : db(path, std::move(o)) {}

  pawl::sqlite::database db;

  bool has_table() {
    auto s = db.prepare("SELECT 1 FROM sqlite_schema WHERE name=?1");
    s.bind(1, pawl::sqlite::store<T>::table_name());
    return s.step();
  }

  // All rows there are. Adds what is wrong with their contents: each column is as the version says.
  std::vector<any_file> rows(sentences& wrong) {
    std::vector<any_file> found;
    auto s = db.prepare(is_mapped ? "SELECT rowid,file_path,version,gemini_state,gemini_file_id,gemini_file_uri,"
                                    "gemini_store_doc_id,error_message FROM files"
                                  : "SELECT id,key,version,state FROM file_lifecycle");
    while (s.step()) {
      auto const state = is_mapped ? machine::hydrate(s.text(3)) : machine::hydrate_code(s.integer(3));
      std::string key(s.text(1));
      if (!state)
        wrong.push_back("'" + key + "' is in no state: " + std::string(s.text(3)));
      else if (is_mapped && !contents_are_right(s, key))
        wrong.push_back("'" + key + "' is at version " + std::to_string(s.integer(2)) + " and holds something else");
      if (state) found.emplace_back(std::move(key), s.integer(2), state->state(), s.integer(0));
    }
    return found;
  }
  // What SQLite itself finds wrong with the file.
  void check_integrity(sentences& wrong) {
    auto s = db.prepare("PRAGMA integrity_check");
    while (s.step())
      if (s.text(0) != "ok") wrong.push_back("integrity_check: " + std::string(s.text(0)));
  }

 private:
  static bool contents_are_right(pawl::sqlite::statement const& s, std::string const& key) {
    auto const holds = [&](int column, std::int64_t since, std::string_view text) {
      return s.integer(2) >= since ? s.text(column) == text && !s.is_null(column) : s.is_null(column);
    };
    return holds(4, 2, key) && holds(5, 2, uri_of(key)) && holds(6, 3, document_of(key)) && s.is_null(7);
  }
};

// Does the work and tells the history what is attempted and what was answered. Failures are answers, and no exception
// leaves it; after one that poisons the database it does nothing more.
template <class T> class worker {
 public:
  worker(workplace<T>& place, history& told) : place_(place), told_(told) {}

  // Makes what is not there yet: the table and its rows, in one transaction. False: it failed.
  bool prepare(std::size_t items) {
    try {
      insert(items);
      allocations::of_pawl const at_work(true);
      store_.emplace(place_.db);
      return true;
    } catch (std::exception const& e) {
      return note(e);
    }
  }
  // After prepare(): moves all rows on until nothing is left to do, `batch` at a time in one transaction; 1: each in one
  // of its own. False: it failed, or eight rounds were not enough.
  bool work(std::size_t batch) {
    for (int round = 0; round < 8; ++round) {
      std::vector<any_file> todo;
      if (!find_unfinished(todo)) return false;
      if (todo.empty()) return true;
      for (std::size_t begin = 0; begin < todo.size(); begin += batch) {
        std::size_t const size = (std::min)(batch, todo.size() - begin);
        if (batch == 1)
          move_alone(todo[begin]);
        else
          move_together(std::span(todo).subspan(begin, size));
        if (place_.db.poisoned()) return false;
      }
    }
    return false;
  }
  // All that was answered, in its order: two runs that say the same here have told the same history.
  std::string const& log() const noexcept { return log_; }
  // Whether the database was usable after an error that is to poison it.
  bool went_on() const noexcept { return went_on_; }
  // What the first failure said; empty where there was none.
  std::string const& trouble() const noexcept { return trouble_; }

 private:
  struct move {
    any_file from;
    file_state to;
  };
  using moves = std::vector<move>;

  bool note(std::exception const& e) {
    if (trouble_.empty()) trouble_ = e.what();
    return false;
  }

  void insert(std::size_t items) {
    for (std::size_t i = 0; i < items; ++i) told_.inserting(key_of(i));
    {
      allocations::of_pawl const at_work(true);
      if constexpr (!workplace<T>::is_mapped) store_.emplace(place_.db);  // which makes its table
      place_.db.begin();
      try {
        insert_rows(items);
        place_.db.commit();
      } catch (...) {
        place_.db.rollback();
        throw;
      }
    }
    for (std::size_t i = 0; i < items; ++i) told_.inserted(key_of(i));
    log_ += "inserted;";
  }
  void insert_rows(std::size_t items) {
    if constexpr (workplace<T>::is_mapped) {
      if (!place_.has_table()) place_.db.execute(files_schema);
      auto row = place_.db.prepare(
          "INSERT OR IGNORE INTO files(file_path,content_hash,filename,file_size) VALUES(?1,'','',0)");
      for (std::size_t i = 0; i < items; ++i) {
        std::string const key = key_of(i);
        row.bind(1, std::string_view(key));
        row.step();
        row.reset();
      }
    } else {
      for (std::size_t i = 0; i < items; ++i) store_->insert_if_absent(key_of(i));
    }
  }

  // Also settles what was unknown: whoever goes on without reading the versions anew asks for conflicts.
  bool find_unfinished(std::vector<any_file>& todo) try {
    sentences ignored;
    {
      allocations::of_pawl const at_work(true);
      todo = place_.rows(ignored);
    }
    if (std::exchange(in_doubt_, false)) {
      told_.recovered(todo);
      log_ += "looked;";
    }
    std::erase_if(todo, [](any_file const& f) { return f.state == indexed; });
    return true;
  } catch (std::exception const& e) {
    return note(e);
  }

  void watch_poison(pawl::store_error const& e) {
    bool const poisons =
        e.what_failed() == pawl::store_failure::unknown || e.what_failed() == pawl::store_failure::not_applied;
    went_on_ = went_on_ || (poisons && !place_.db.poisoned());
  }
  void answer(moves const& asked, pawl::store_failure failure) {
    for (auto const& m : asked) {
      failure == pawl::store_failure::unknown ? told_.unknown(m.from, m.to) : told_.refused(m.from, m.to);
      log(m, failure == pawl::store_failure::unknown ? "unknown" : "refused");
    }
    if (failure == pawl::store_failure::unknown) in_doubt_ = true;
  }

  void acknowledge(moves const& moved) {
    for (auto const& m : moved) {
      told_.acknowledged(m.from, m.to);
      log(m, "acknowledged");
    }
  }
  void log(move const& m, char const* answered) {
    log_ += m.from.key + " " + std::to_string(m.from.version) + " " + answered + ";";
  }

  // ---- one transition, one transaction ----

  void move_alone(any_file const& from) {
    pawl::visit([this](auto it) { this->apply_alone(it); }, from);
  }
  template <auto S> void apply_alone(file<S> const& it) {
    if constexpr (moves_on<S>) {
      moves const asked{{it, next_of<S>}};
      told_.attempted(it, next_of<S>);
      auto const event = event_from<S>(it.key);
      try {
        bool moved = false;
        {
          allocations::of_pawl const at_work(true);
          moved = static_cast<bool>(store_->apply(it, event));
        }
        moved ? acknowledge(asked) : answer(asked, pawl::store_failure::not_applied);
      } catch (pawl::store_error const& e) {
        note(e);
        watch_poison(e);
        answer(asked, e.what_failed());
      } catch (std::bad_alloc const& e) {
        note(e);
        answer(asked, pawl::store_failure::unknown);  // whether it was before COMMIT, nobody says
      }
    }
  }

  // ---- several transitions in one transaction ----

  void move_together(std::span<any_file const> files) {
    moves moved, conflicts;
    auto failure = pawl::store_failure::not_applied;  // what it would mean
    try {
      begin();
      for (auto const& f : files) pawl::visit([&](auto it) { this->apply_within(it, moved, conflicts); }, f);
      failure = pawl::store_failure::unknown;
      allocations::of_pawl const at_work(true);
      store_->commit();
    } catch (pawl::store_error const& e) {
      note(e);
      watch_poison(e);
      return give_up(moved, conflicts, e.what_failed());
    } catch (std::bad_alloc const& e) {
      note(e);
      // It could not even say that COMMIT failed; it may not go on as if it had not.
      if (failure == pawl::store_failure::unknown) went_on_ = went_on_ || !place_.db.poisoned();
      return give_up(moved, conflicts, failure);
    }
    acknowledge(moved);
    answer(conflicts, pawl::store_failure::not_applied);
  }
  void begin() {
    allocations::of_pawl const at_work(true);
    if (!store_->try_begin()) throw pawl::store_error(pawl::store_failure::busy, "the database is locked");
  }
  template <auto S> void apply_within(file<S> const& it, moves& moved, moves& conflicts) {
    if constexpr (moves_on<S>) {
      told_.attempted(it, next_of<S>);
      moved.push_back({it, next_of<S>});
      auto const event = event_from<S>(it.key);
      allocations::of_pawl const at_work(true);
      if (store_->apply(it, event)) return;
      allocations::of_pawl const ours(false);
      conflicts.push_back(moved.back());
      moved.pop_back();
    }
  }
  void give_up(moves const& moved, moves const& conflicts, pawl::store_failure failure) {
    {
      allocations::of_pawl const at_work(true);
      store_->rollback();
    }
    answer(moved, failure);
    answer(conflicts, pawl::store_failure::not_applied);
  }

  workplace<T>& place_;
  history& told_;
  std::optional<pawl::sqlite::store<T>> store_{};
  std::string trouble_{}, log_{};
  bool in_doubt_ = false, went_on_ = false;
};

}  // namespace crash

#endif
