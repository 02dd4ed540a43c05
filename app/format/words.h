// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Times, days and states in the words that the window shows.

#include "core/rpc/error.h"
#include "core/types/event.h"

#include <QDate>
#include <QStringList>
#include <utility>
#include <vector>

namespace sotto::app {

/// 14:02, as the person's locale writes it.
QString clockTime(std::int64_t milliseconds);
QDate dayOf(std::int64_t milliseconds);
/// Today, Yesterday, Monday, 3 March, 3 March 2024.
QString dayWords(QDate day, QDate today);
/// The shortest that tells: a time, a weekday or a date.
QString listTime(std::int64_t milliseconds, QDate today);
QString exactTime(std::int64_t milliseconds);
/// 14:02; on another day Monday, 14:02.
QString sinceWords(std::int64_t milliseconds, QDate today);
/// That this computer's clock and the relay's differ; empty while nobody would see it.
QString clockWords(std::int64_t relayIsAheadMs);

/// When a message was sent, as far as that is known.
std::int64_t timeOf(const core::Message& message);
/// Waiting, Sent, Delivered, Read; empty for a received one.
QString stateWords(core::MessageState state);
/// Who has an own message, and on which device, in a line each, fit to be shown. contacts: whose names are
/// known.
QStringList deliveryLines(const core::MessageInfo& info, const std::vector<core::Contact>& contacts);
/// A day, 4 weeks, 90 seconds: the largest unit that leaves no rest.
QString lifetimeWords(std::uint32_t seconds);
/// Of a notice: who set how long messages stay.
QString timerWords(const core::Message& notice);
/// The signs under a message and how many have put each, the first ones only.
std::vector<std::pair<std::string, int>> signsOf(const std::vector<core::Reaction>& reactions);
/// What is to be known of a quote: empty when all is well.
QString quoteWords(core::QuoteState state);
/// How far it is known who somebody is.
QString trustSentence(const core::Contact& contact);
/// A failure in one sentence.
QString failureWords(const core::Failure& failure);
QString errorWords(const rpc::Error& error);
/// First millisecond of a day here, as a search counts days.
std::int64_t dayBegins(int year, unsigned month, unsigned day);

} // namespace sotto::app
