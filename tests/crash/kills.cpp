// Kills processes that run a store, with SIGKILL at random moments on real files, and checks each time that everything
// acknowledged is there; then other processes continue until all is done.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command_line.hpp"
#include "crash/kill_board.hpp"
#include "crash/kill_work.hpp"
#include "crash/workload.hpp"
#include "files.hpp"
#include "proof.hpp"

namespace crash {

// What the command line asks for; a process that is to be killed is told its part in the same words.
struct kill_scope {
  std::size_t kills = 200;
  std::size_t files = 818;
  std::uint64_t seed = 1;
  std::string work{}, board{};  // of a process that is to be killed
  bool full = false, shared = false, own_table = false;

  durability durable() const { return full ? durability::power_loss : durability::process_crash; }
  pawl::ownership owner() const { return shared ? pawl::ownership::shared : pawl::ownership::sole; }
};

// This program again, at work, or none.
class victim {
 public:
  victim() = default;
  victim(victim const&) = delete;
  victim& operator=(victim const&) = delete;
  ~victim() { kill(); }

  bool is_alive() const { return process_ > 0; }
  void start(kill_scope const& s) {
    std::vector<std::string> words{"kills", "--work", s.work, "--board", s.board};
    if (s.full) words.push_back("--full");
    if (s.shared) words.push_back("--shared");
    if (s.own_table) words.push_back("--own-table");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("cannot fork");
    if (process_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execv("/proc/self/exe", arguments.data());
    ::_exit(127);
  }
  // True: it was killed; false: it had come to its end before.
  bool kill() {
    if (!is_alive()) return false;
    ::kill(process_, SIGKILL);
    return !ended(0);
  }
  // Whether it has come to its end by itself. Throws where that was a bad one.
  bool has_ended() { return is_alive() && ended(WNOHANG); }
  void wait() {
    if (is_alive()) ended(0);
  }

 private:
  bool ended(int how) {
    int status = 0;
    if (::waitpid(process_, &status, how) == 0) return false;
    process_ = 0;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("a process that was at work failed");
    return true;
  }

  ::pid_t process_ = 0;
};

// One set of files on its way, from the first process to the last.
template <class T> class kill_round {
 public:
  kill_round(kill_scope const& s, std::mt19937_64& random) : scope_(s), random_(random), board_(folder_ / "board") {
    scope_.work = folder_ / "files.db";
    scope_.board = folder_ / "board";
    seen_.resize(s.files);
    insert();
  }

  // Kills until so many are killed or nothing is left to do. Answers how many were.
  std::size_t kill_up_to(std::size_t limit) {
    std::size_t killed = 0;
    while (killed < limit && !finished_) {
      for (std::size_t i = 0; i < processes(); ++i)
        if (!victims_[i].is_alive()) victims_[i].start(scope_);
      std::this_thread::sleep_for(std::chrono::microseconds(random_() % longest_life.count()));
      if (victims_[random_() % processes()].kill()) ++killed;
      for (auto& other : victims_) other.has_ended();
      look();
    }
    return killed;
  }
  // Without more kills.
  void go_on_to_the_end() {
    while (!finished_) {
      for (auto& v : victims_) v.wait();
      look();
      if (!finished_) victims_[0].start(scope_);
    }
    for (auto& v : victims_) v.wait();
    judge_history();
  }

  bool is_finished() const { return finished_; }
  std::size_t acknowledged() const { return acknowledged_; }
  std::size_t lost() const { return lost_; }
  sentences const& violations() const { return wrong_; }

 private:
  static constexpr std::chrono::microseconds longest_life{30'000};

  std::size_t processes() const { return scope_.shared ? 2 : 1; }

  void insert() {
    workplace<T> place(scope_.work, real_options(scope_.durable()));
    place.db.begin();
    if constexpr (workplace<T>::is_mapped) {
      place.db.execute(files_schema);
      auto row = place.db.prepare("INSERT INTO files(file_path,content_hash,filename,file_size) VALUES(?1,'','',0)");
      for (std::size_t i = 0; i < scope_.files; ++i) {
        std::string const key = key_of(i);
        row.bind(1, key);
        row.step();
        row.reset();
      }
      place.db.commit();
    } else {
      place.db.rollback();  // the table is made in a transaction of its own
      pawl::sqlite::store<T> store(place.db);
      place.db.begin();
      for (std::size_t i = 0; i < scope_.files; ++i) store.insert_if_absent(key_of(i));
      place.db.commit();
    }
  }

  // The others may be at work: what had been acknowledged before is there, and nothing that had not been attempted by the
  // end. Half of the times the log is left to those who come after.
  void look() {
    std::vector<std::size_t> acknowledged;
    for (std::size_t i = 0; i < scope_.files; ++i) acknowledged.push_back(file_tally::reached(board_[i].acknowledged));
    auto o = real_options(scope_.durable());
    o.checkpoint_at_close = random_() % 2 == 0;
    workplace<T> place(scope_.work, o);
    rows_ = place.rows(wrong_);
    place.check_integrity(wrong_);
    if (rows_.size() != scope_.files) wrong_.push_back("there are " + std::to_string(rows_.size()) + " rows");
    finished_ = true;
    for (auto const& row : rows_) {
      std::size_t const number = number_of(row.key);
      judge(row, acknowledged.at(number), file_tally::reached(board_[number].attempted), seen_.at(number));
      finished_ = finished_ && row.state == indexed;
    }
  }
  void judge(any_file const& row, std::size_t acknowledged, std::size_t attempted, std::size_t& seen) {
    auto const version = static_cast<std::size_t>(row.version);
    std::string const what = "'" + row.key + "' is at version " + std::to_string(row.version);
    if (version < acknowledged) {
      lost_ += acknowledged - version;
      wrong_.push_back(what + ", and " + std::to_string(acknowledged) + " was acknowledged");
    }
    if (version > attempted) wrong_.push_back(what + ", and only " + std::to_string(attempted) + " was attempted");
    if (version < seen) wrong_.push_back(what + ", and was seen at " + std::to_string(seen));
    if (version > moves_of_a_file || row.state != way[version]) wrong_.push_back(what + ", and in another state");
    seen = version;
  }

  // All that the processes attempted and were answered, told to the checker of histories.
  void judge_history() {
    history told;
    for (std::size_t i = 0; i < scope_.files; ++i) {
      told.inserting(key_of(i));
      told.inserted(key_of(i));
      for (std::size_t v = 0; v < moves_of_a_file; ++v) {
        any_file const from(key_of(i), static_cast<std::int64_t>(v), way[v]);
        for (std::uint32_t n = board_[i].attempted[v]; n > 0; --n) told.attempted(from, way[v + 1]);
        for (std::uint32_t n = board_[i].acknowledged[v]; n > 0; --n) told.acknowledged(from, way[v + 1]);
        acknowledged_ += board_[i].acknowledged[v];
        for (std::uint32_t n = board_[i].refused[v]; n > 0; --n) told.refused(from, way[v + 1]);
      }
      if (board_[i].other_keys > 0) wrong_.push_back("the remote has '" + key_of(i) + "' under several keys");
    }
    told.crashed();
    told.finished(rows_);
    for (auto const& sentence : told.violations()) wrong_.push_back(sentence);
  }

  static constexpr std::array<file_state, moves_of_a_file + 1> way{untracked, uploading, processing, indexed};

  temporary_folder folder_{};
  kill_scope scope_;
  std::mt19937_64& random_;
  kill_board board_;
  std::array<victim, 2> victims_{};
  std::vector<std::size_t> seen_{};
  std::vector<any_file> rows_{};
  std::size_t acknowledged_ = 0, lost_ = 0;
  sentences wrong_{};
  bool finished_ = false;
};

// Kills so many in rounds of fresh files, in a mapped table and in pawl's own by turns.
class kill_proof {
 public:
  kill_proof(kill_scope const& s, std::size_t kills) : scope_(s), kills_(kills), random_(s.seed) {}

  bool prove() {
    auto const begun = std::chrono::steady_clock::now();
    while (killed_ < kills_) {
      scope_.own_table = !scope_.own_table;
      scope_.own_table ? one_round<file_lifecycle>() : one_round<files_table>();
    }
    double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (acknowledged_ == 0) wrong_.push_back("nothing was acknowledged, so nothing could be lost");
    for (std::size_t i = 0; i < (std::min)(wrong_.size(), std::size_t{10}); ++i)
      std::printf("  %s\n", wrong_[i].c_str());
    std::string const what = std::string(scope_.shared ? "two processes" : "one process") + ", " +
                             (scope_.full ? "FULL" : "NORMAL") + ", real files, " + std::to_string(scope_.files) +
                             " x 3";
    std::string const figure = std::to_string(killed_) + " kills, " +
                               std::to_string(static_cast<int>(static_cast<double>(killed_) / seconds)) +
                               " a second, " + std::to_string(rounds_) + " rounds to their end, " +
                               std::to_string(lost_) + " of " + std::to_string(acknowledged_) + " acknowledged lost, " +
                               std::to_string(wrong_.size()) + " violations";
    return proof::report("kill -9", what, figure, wrong_.empty());
  }

 private:
  template <class T> void one_round() {
    kill_round<T> round(scope_, random_);
    killed_ += round.kill_up_to(kills_ - killed_);
    round.go_on_to_the_end();
    ++rounds_;
    acknowledged_ += round.acknowledged();
    lost_ += round.lost();
    wrong_.insert(wrong_.end(), round.violations().begin(), round.violations().end());
  }

  kill_scope scope_;
  std::size_t kills_;
  std::mt19937_64 random_;
  std::size_t killed_ = 0, rounds_ = 0, acknowledged_ = 0, lost_ = 0;
  sentences wrong_{};
};

inline bool prove_all(kill_scope s) {
  bool all = true;
  for (std::size_t way = 0; way < 4; ++way) {
    s.shared = way / 2 == 1;
    s.full = way % 2 == 1;
    all = kill_proof(s, s.kills / 4 + (way < s.kills % 4 ? 1 : 0)).prove() && all;
  }
  return all;
}

}  // namespace crash

int main(int argc, char** argv) try {
  crash::kill_scope scope;
  CLI::App app{
      "Kills processes at work at random moments, one or two at a time, with NORMAL and FULL, and looks each time."};
  app.add_option("--kills", scope.kills, "How many, over all four ways")
      ->check(proof::whole_number(4, 1'000'000))
      ->capture_default_str();
  app.add_option("--files", scope.files, "How many files a round moves")
      ->check(proof::whole_number(1, crash::most_files))
      ->capture_default_str();
  app.add_option("--seed", scope.seed, "Of the moments; when a process is where, the machine decides")
      ->check(proof::a_seed())
      ->capture_default_str();
  app.add_option("--work", scope.work)->group("");
  app.add_option("--board", scope.board)->group("");
  app.add_flag("--full", scope.full)->group("");
  app.add_flag("--shared", scope.shared)->group("");
  app.add_flag("--own-table", scope.own_table)->group("");
  if (auto const ended = proof::read_command_line(app, argc, argv)) return *ended;

  if (scope.work.empty()) return crash::prove_all(scope) ? 0 : 1;
  auto const work = scope.own_table ? &crash::work_until_killed<crash::file_lifecycle>
                                    : &crash::work_until_killed<crash::files_table>;
  work(scope.work, scope.board, scope.durable(), scope.owner());
  return 0;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
