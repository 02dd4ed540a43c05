// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Expected failures are values. Each layer has one small error enum named after what the caller does next,
/// and translates the errors of the layer below in one place. Exceptions are for bugs only.

#include <tl/expected.hpp>

namespace sotto {

template <class T, class E>
using Expected = tl::expected<T, E>;

/// `return unexpected(Error::Malformed);`
template <class E>
auto unexpected(E&& error) {
    return tl::unexpected<std::decay_t<E>>(std::forward<E>(error));
}

} // namespace sotto
