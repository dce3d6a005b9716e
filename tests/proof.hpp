// The result line of a proof: what was tried, how often, the outcome, and whether the promise holds.
#ifndef PAWL_TESTS_PROOF_HPP
#define PAWL_TESTS_PROOF_HPP

#include <cstdio>
#include <string>

namespace proof {

// Prints `PROOF: name | scope | figure | holds` (or BROKEN) as one line, the parts separated by tabs, for tests/proofs to
// put into its table. Answers whether it holds, for the program's exit code: 0 if all do, else 1. The seconds that it took
// are a fifth part; without them they are those since the line before.
inline bool report(std::string const& name, std::string const& scope, std::string const& figure, bool holds,
                   double seconds = -1) {
  std::printf("PROOF\t%s\t%s\t%s\t%s", name.c_str(), scope.c_str(), figure.c_str(), holds ? "holds" : "BROKEN");
  if (seconds >= 0) std::printf("\t%.0f", seconds);
  std::printf("\n");
  std::fflush(stdout);
  return holds;
}

// Of a program that takes none: 2, the exit code of a wrong command line, where there are arguments; else 0.
inline int refuse_arguments(int argc, char** argv) {
  if (argc < 2) return 0;
  std::fprintf(stderr, "%s takes no arguments, and was given '%s'\n", argv[0], argv[1]);
  return 2;
}

}  // namespace proof

#endif
