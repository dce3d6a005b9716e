// Umbrella: what talks to PostgreSQL. Needs libpq and Boost.Asio, and is never a part of pawl.hpp.
#ifndef PAWL_POSTGRES_HPP
#define PAWL_POSTGRES_HPP

#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/any_text.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/catalogue.hpp>
#include <pawl/postgres/column_type.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/database.hpp>
#include <pawl/postgres/dictionary.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/libpq.hpp>
#include <pawl/postgres/link.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/opening.hpp>
#include <pawl/postgres/options.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/owner.hpp>
#include <pawl/postgres/pipeline.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/recorded_event.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/server_history.hpp>
#include <pawl/postgres/session.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/single_flight.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/store.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_check.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/table_sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/verdict.hpp>
#include <pawl/postgres/write_batch.hpp>
#include <pawl/version.hpp>

#endif
