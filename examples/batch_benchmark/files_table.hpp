// Where the lifecycle stands in the table of the files, which the library maps and does not own.
#ifndef BATCH_BENCHMARK_FILES_TABLE_HPP
#define BATCH_BENCHMARK_FILES_TABLE_HPP

#include "lifecycle.hpp"

namespace batch_benchmark {

struct files_table : pawl::table<file_lifecycle> {
  static constexpr pawl::names names{.table = "files",
                                     .key = "file_path",
                                     .state = "gemini_state",
                                     .version = "version",
                                     .changed_at = "gemini_state_updated_at"};
  static constexpr auto columns =
      pawl::columns(pawl::on<complete_upload>(pawl::set("gemini_file_id", &complete_upload::file_id),
                                              pawl::set("gemini_file_uri", &complete_upload::file_uri),
                                              pawl::now("upload_timestamp")),
                    pawl::on<complete_processing>(pawl::set("gemini_store_doc_id", &complete_processing::document_id)),
                    pawl::on<fail_upload>(pawl::set("error_message", &fail_upload::error_message)),
                    pawl::on<fail_processing>(pawl::set("error_message", &fail_processing::error_message)),
                    pawl::on<fail_reset>(pawl::set("error_message", &fail_reset::error_message)),
                    pawl::on<reset, retry>(pawl::clear("gemini_file_id", "gemini_file_uri", "gemini_store_doc_id",
                                                       "upload_timestamp", "error_message")));
};
static_assert(pawl::valid<files_table>);

}  // namespace batch_benchmark

#endif
