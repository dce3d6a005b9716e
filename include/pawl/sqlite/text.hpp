// Texts and errors from parts, under the names that this room uses.
#ifndef PAWL_SQLITE_TEXT_HPP
#define PAWL_SQLITE_TEXT_HPP

#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

using pawl::detail::wording::fail;
using pawl::detail::wording::in_quotes;
using pawl::detail::wording::number;
using pawl::detail::wording::parts;
using pawl::detail::wording::text;

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
