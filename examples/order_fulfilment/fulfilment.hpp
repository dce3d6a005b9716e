// An order is paid, packed, picked up by a courier and announced; if it cannot be fulfilled, what was done is undone.
// Money is charged once and refunded once, whatever process dies in between.
#ifndef FULFILMENT_HPP
#define FULFILMENT_HPP

#include <optional>
#include <string>
#include <string_view>

#include <pawl/pawl.hpp>

namespace fulfilment {

// ---- the lifecycle ----

enum class state { ordered, paid, packed, collected, shipped, cancelled, refunded, declined };

struct pay {
  std::string charge;  // the bank's handle, by which the money is found again
};
struct decline {
  std::string reason;
};
struct pack {
  std::string parcel;
};
struct collect {  // fired by the courier, from outside
  std::string tracking;
};
struct announce {};
struct cancel {  // fired where packing fails, and by customers who change their mind
  std::string reason;
};
struct refund {
  std::string receipt;
};

struct lifecycle : pawl::lifecycle<pawl::initial<state::ordered>, pawl::goal<state::shipped>,
                                   pawl::waiting<state::packed>, pawl::terminal<state::declined, state::refunded>,

                                   pawl::transition<state::ordered, pay, state::paid>,
                                   pawl::transition<state::paid, pack, state::packed>,
                                   pawl::transition<state::packed, collect, state::collected>,
                                   pawl::transition<state::collected, announce, state::shipped>,

                                   pawl::transition<state::ordered, decline, state::declined>,
                                   pawl::transition<state::paid, cancel, state::cancelled>,
                                   pawl::transition<state::packed, cancel, state::cancelled>,
                                   pawl::transition<state::cancelled, refund, state::refunded>,

                                   pawl::on_failure<state::paid, cancel>> {
  static constexpr std::string_view name = "orders";  // of the table, too
};
static_assert(pawl::valid<lifecycle>);

template <state S> using order = pawl::item<lifecycle, S>;

// ---- what the adapter must offer ----

// Each may be a coroutine or not, and may answer with the bare value or with pawl::outcome of it.
template <class Shop>
concept fulfils = requires(Shop& shop, std::string const& text) {
  { shop.charge(text, text) } -> pawl::answers<std::string>;                // (order, idempotency key) -> the charge
  { shop.refund(text, text) } -> pawl::answers<std::string>;                // (charge, idempotency key) -> the receipt
  { shop.pack(text) } -> pawl::answers<std::string>;                        // (order) -> the parcel
  { shop.find_parcel(text) } -> pawl::answers<std::optional<std::string>>;  // (order) -> the parcel, if it was packed
  { shop.unpack(text) } -> pawl::answers<pawl::done_t>;                     // (order); well if there is no parcel
  { shop.announce(text, text) } -> pawl::answers<pawl::done_t>;             // (order, tracking)
};

// ---- the steps ----

template <class Shop> struct steps {
  static_assert(fulfils<Shop>, "fulfilment: the shop needs charge, refund, pack, find_parcel, unpack and announce");
  Shop& shop;

  // keyed: the bank knows a repeated charge by its key. Only the bank's "no" declines an order; where it cannot be
  // reached money may have moved, and the order is parked for a person.
  pawl::task<pawl::one_of<pay, decline>> operator()(order<state::ordered> it, pawl::keyed& call) {
    auto charge = co_await pawl::ask(shop.charge(it.key, call.key()));
    if (charge) co_return pay{*charge};
    if (charge.why().kind == pawl::trouble_kind::permanent) co_return decline{charge.why().detail};
    co_return charge.why();
  }

  // probeable: the warehouse knows no keys, but can be asked whether it has packed the order. What is final here (out
  // of stock), or fails too often, becomes a cancel.
  pawl::task<pawl::one_of<pack>> operator()(order<state::paid> it, pawl::probeable&) {
    auto parcel = co_await pawl::ask(shop.pack(it.key));
    if (!parcel) co_return parcel.why();
    co_return pack{*parcel};
  }
  pawl::task<std::optional<pawl::one_of<pack>>> probe(order<state::paid> it, pawl::probeable&) {
    auto parcel = co_await pawl::ask(shop.find_parcel(it.key));
    if (!parcel) co_return parcel.why();
    if (!*parcel) co_return std::nullopt;
    co_return pack{**parcel};
  }

  // A packed order has no step: it waits for collect or cancel.

  // safe: two announcements do no harm. The courier's number is what the event from outside recorded.
  pawl::task<pawl::one_of<announce>> operator()(order<state::collected> it, collect const& courier, pawl::safe&) {
    auto sent = co_await pawl::ask(shop.announce(it.key, courier.tracking));
    if (!sent) co_return sent.why();
    co_return announce{};
  }

  // Undoes what was done, last things first; both may be repeated. No failure event: money that cannot be given back is
  // parked for a person.
  pawl::task<pawl::one_of<refund>> operator()(order<state::cancelled> it, pay const& paid, pawl::keyed& call) {
    auto unpacked = co_await pawl::ask(shop.unpack(it.key));
    if (!unpacked) co_return unpacked.why();
    auto receipt = co_await pawl::ask(shop.refund(paid.charge, call.key()));
    if (!receipt) co_return receipt.why();
    co_return refund{*receipt};
  }
};
template <class Shop> steps(Shop&) -> steps<Shop>;  // clang 14 does not deduce it for an aggregate

}  // namespace fulfilment

#endif
