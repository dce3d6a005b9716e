// An adapter of one's own: a translation service that knows three phrases. Its functions are plain ones, no coroutines;
// a real one would make its HTTP calls here.
#ifndef PHRASEBOOK_HPP
#define PHRASEBOOK_HPP

#include <chrono>
#include <map>
#include <string>

#include <pawl/adapter/outcome.hpp>

class phrasebook {
 public:
  // The job's name. As a remote's would, it outlives this process, and the same phrase gets the same job.
  std::string submit(std::string const& phrase, std::string const&) { return "job:" + phrase; }

  // Not ready when it is first asked for.
  pawl::outcome<std::string> fetch(std::string const& job) {
    if (++asked_[job] == 1) return pawl::trouble::pending(std::chrono::milliseconds(50));
    auto const known = book_.find(job.substr(job.find(':') + 1));
    if (known == book_.end()) return pawl::trouble::permanent("no such phrase in the book");
    return known->second;
  }

 private:
  std::map<std::string, int> asked_;
  std::map<std::string, std::string> book_{
      {"good morning", "guten Morgen"}, {"thank you", "danke"}, {"good night", "gute Nacht"}};
};

#endif
