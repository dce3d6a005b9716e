// The single headers and the tree may meet in one file: each header's own guard is kept.
#include <pawl/calendar/zone.hpp>
#include <pawl/console/postgres_console.hpp>
#include <pawl/console/sqlite_console.hpp>
#include <pawl/core.hpp>
#include <pawl/http.hpp>
#include <pawl/page.hpp>
#include <pawl/pawl.hpp>
#include <pawl/postgres.hpp>
#include <pawl/recurring.hpp>
#include <pawl/report.hpp>
#include <pawl/testing.hpp>
#include <pawl/testing/http.hpp>

#include "../../single_include/pawl/calendar/zone.hpp"
#include "../../single_include/pawl/console/postgres_console.hpp"
#include "../../single_include/pawl/console/sqlite_console.hpp"
#include "../../single_include/pawl/core.hpp"
#include "../../single_include/pawl/http.hpp"
#include "../../single_include/pawl/page.hpp"
#include "../../single_include/pawl/pawl.hpp"
#include "../../single_include/pawl/postgres.hpp"
#include "../../single_include/pawl/recurring.hpp"
#include "../../single_include/pawl/report.hpp"
#include "../../single_include/pawl/testing.hpp"
#include "../../single_include/pawl/testing/http.hpp"
