// An example of your own adapter: a translation service that knows three phrases. Its functions are plain, not
// coroutines; a real one would make its HTTP calls here.
#ifndef PHRASEBOOK_HPP
#define PHRASEBOOK_HPP

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include <pawl/adapter/outcome.hpp>

class phrasebook {
 public:
  // The job's name. As a remote's would, it outlives this process, and a repeated key gets the job that it has. The
  // third call is carried out, and its answer is lost on the way back: the runner repeats it.
  pawl::outcome<std::string> submit(std::string const& phrase, std::string const& key) {
    auto const job = jobs_.try_emplace(key, "job:" + phrase).first;
    if (++calls_ == 3) return pawl::trouble::unknown_outcome("the connection broke before the answer");
    return job->second;
  }

  // Not ready when it is first asked for.
  pawl::outcome<std::string> fetch(std::string const& job) {
    ++calls_;
    if (++asked_[job] == 1) return pawl::trouble::pending(std::chrono::milliseconds(50));
    auto const known = book_.find(job.substr(job.find(':') + 1));
    if (known == book_.end()) return pawl::trouble::permanent("no such phrase in the book");
    return known->second;
  }

  int calls() const { return calls_; }
  std::size_t jobs() const { return jobs_.size(); }

 private:
  int calls_ = 0;
  std::map<std::string, std::string> jobs_;  // by key
  std::map<std::string, int> asked_;
  std::map<std::string, std::string> book_{
      {"good morning", "guten Morgen"}, {"thank you", "danke"}, {"good night", "gute Nacht"}};
};

#endif
