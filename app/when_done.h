// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What to do with an answer of another thread. QFuture::then() with a context asserts on Qt 6.4.2 when the
/// context ends first; this does not.

#include <QFuture>
#include <QFutureWatcher>

namespace sotto::app {

/// Calls act with the result in owner's thread, from its event loop. Dropped when owner ends before, or when
/// whoever was to answer ended without an answer.
template <class T, class F>
void whenDone(const QFuture<T>& future, QObject* owner, F act) {
    auto* const watcher = new QFutureWatcher<T>(owner);
    QObject::connect(watcher, &QFutureWatcherBase::finished, owner,
                     [watcher, act = std::move(act)]() mutable {
                         watcher->deleteLater();
                         if (watcher->isCanceled()) {
                             return;
                         }
                         if constexpr (std::is_void_v<T>) {
                             act();
                         } else if (watcher->future().resultCount() > 0) {
                             act(watcher->future().takeResult());
                         }
                     });
    watcher->setFuture(future);
}

} // namespace sotto::app
