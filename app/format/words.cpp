// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/format/words.h"

#include "app/format/shown_text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <algorithm>

namespace sotto::app {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("sotto::app", text);
}
QDateTime localTime(std::int64_t milliseconds) {
    return QDateTime::fromMSecsSinceEpoch(milliseconds);
}

} // namespace

QString clockTime(std::int64_t milliseconds) {
    // Some locales' short format has seconds.
    static const QString kFormat = [] {
        QString format = QLocale().timeFormat(QLocale::ShortFormat);
        return format.remove(QStringLiteral(":ss"));
    }();
    return QLocale().toString(localTime(milliseconds).time(), kFormat);
}

QDate dayOf(std::int64_t milliseconds) {
    return localTime(milliseconds).date();
}

QString dayWords(QDate day, QDate today) {
    const qint64 ago = day.daysTo(today);
    const QLocale locale;
    if (ago == 0) {
        return tr("Today");
    }
    if (ago == 1) {
        return tr("Yesterday");
    }
    if (ago > 1 && ago < 7) {
        return locale.standaloneDayName(day.dayOfWeek());
    }
    return locale.toString(day, day.year() == today.year() ? tr("d MMMM") : tr("d MMMM yyyy"));
}

QString listTime(std::int64_t milliseconds, QDate today) {
    if (milliseconds <= 0) {
        return {};
    }
    const QDate day = dayOf(milliseconds);
    const qint64 ago = day.daysTo(today);
    if (ago == 0) {
        return clockTime(milliseconds);
    }
    const QLocale locale;
    return ago > 0 && ago < 7 ? locale.standaloneDayName(day.dayOfWeek(), QLocale::ShortFormat)
                              : locale.toString(day, tr("dd.MM.yy"));
}

QString exactTime(std::int64_t milliseconds) {
    return QLocale().toString(localTime(milliseconds), QLocale::LongFormat);
}

QString sinceWords(std::int64_t milliseconds, QDate today) {
    const QDate day = dayOf(milliseconds);
    return day == today ? clockTime(milliseconds)
                        : tr("%1, %2").arg(dayWords(day, today), clockTime(milliseconds));
}

QString clockWords(std::int64_t relayIsAheadMs) {
    constexpr std::int64_t kUnseen = 5 * 60;
    constexpr std::int64_t kHour = 3600;
    constexpr std::int64_t kDay = 24 * kHour;
    const std::int64_t seconds = std::abs(relayIsAheadMs / 1000);
    if (seconds < kUnseen) {
        return {};
    }
    const std::int64_t unit = seconds >= 2 * kDay ? kDay : seconds >= 2 * kHour ? kHour : 60;
    const QString much =
        lifetimeWords(static_cast<std::uint32_t>(std::min(seconds / unit, std::int64_t{100'000}) * unit));
    return relayIsAheadMs > 0
               ? tr("This computer's clock is %1 behind the relay's: times may be shown wrong.").arg(much)
               : tr("This computer's clock is %1 ahead of the relay's: times may be shown wrong.").arg(much);
}

std::int64_t timeOf(const core::Message& message) {
    return message.stamp == Stamp{} ? message.sentAt : milliseconds(message.stamp);
}

QString stateWords(core::MessageState state) {
    switch (state) {
    case core::MessageState::Received:
        return {};
    case core::MessageState::Queued:
    case core::MessageState::Encrypted:
        return tr("Waiting to be sent");
    case core::MessageState::Sent:
        return tr("Sent");
    case core::MessageState::Delivered:
        return tr("Delivered");
    case core::MessageState::Read:
        return tr("Read");
    case core::MessageState::Failed:
        return tr("Not sent");
    }
    return {};
}

QStringList deliveryLines(const core::MessageInfo& info, const std::vector<core::Contact>& contacts) {
    const auto nameOf = [&](const AccountId& account) {
        const auto known = std::ranges::find(contacts, account, &core::Contact::account);
        return isolated(known == contacts.end()
                            ? QString::fromStdString(account.hex().substr(0, 16)) + QChar(0x2026)
                            : QLatin1Char('@') + shownName(known->name));
    };
    QStringList lines;
    for (const core::Confirmation& confirmation : info.confirmations) {
        lines.append(
            tr("%1: %2, %3")
                .arg(nameOf(confirmation.by), stateWords(confirmation.state), exactTime(confirmation.at)));
    }
    for (const core::DeviceDelivery& told : info.devices) {
        const QString who = nameOf(told.device.account);
        const auto number = static_cast<int>(told.device.device);
        // Devices say now and then how far they are, not for each message.
        lines.append(told.hasIt ? tr("Device %1 of %2 says that it has it").arg(number).arg(who)
                                : tr("Device %1 of %2 has not said yet that it has it").arg(number).arg(who));
    }
    return lines;
}

QString lifetimeWords(std::uint32_t seconds) {
    struct Unit {
        std::uint32_t seconds;
        const char* one;
        const char* many;
    };
    constexpr Unit kUnits[] = {
        {7 * 24 * 3600, QT_TRANSLATE_NOOP("sotto::app", "one week"),
         QT_TRANSLATE_NOOP("sotto::app", "%1 weeks")},
        {24 * 3600, QT_TRANSLATE_NOOP("sotto::app", "one day"), QT_TRANSLATE_NOOP("sotto::app", "%1 days")},
        {3600, QT_TRANSLATE_NOOP("sotto::app", "one hour"), QT_TRANSLATE_NOOP("sotto::app", "%1 hours")},
        {60, QT_TRANSLATE_NOOP("sotto::app", "one minute"), QT_TRANSLATE_NOOP("sotto::app", "%1 minutes")},
        {1, QT_TRANSLATE_NOOP("sotto::app", "one second"), QT_TRANSLATE_NOOP("sotto::app", "%1 seconds")},
    };
    for (const Unit& unit : kUnits) {
        if (seconds % unit.seconds == 0) {
            const std::uint32_t count = seconds / unit.seconds;
            return count == 1 ? tr(unit.one) : tr(unit.many).arg(count);
        }
    }
    return {};
}

QString timerWords(const core::Message& notice) {
    const std::uint32_t seconds = notice.timer.value_or(0);
    const QString who = isolated(shownName(notice.senderName));
    if (seconds == 0) {
        return notice.outgoing ? tr("You turned disappearing messages off.")
                               : tr("%1 turned disappearing messages off.").arg(who);
    }
    return notice.outgoing
               ? tr("You set messages to disappear %1 after they are read.").arg(lifetimeWords(seconds))
               : tr("%1 set messages to disappear %2 after they are read.").arg(who, lifetimeWords(seconds));
}

std::vector<std::pair<std::string, int>> signsOf(const std::vector<core::Reaction>& reactions) {
    constexpr std::size_t kMostSigns = 8;
    std::vector<std::pair<std::string, int>> signs;
    for (const core::Reaction& reaction : reactions) {
        const auto sign = std::ranges::find(signs, reaction.emoji, &std::pair<std::string, int>::first);
        if (sign != signs.end()) {
            ++sign->second;
        } else if (signs.size() < kMostSigns) {
            signs.emplace_back(reaction.emoji, 1);
        }
    }
    return signs;
}

QString quoteWords(core::QuoteState state) {
    switch (state) {
    case core::QuoteState::Verified:
        return {};
    case core::QuoteState::Missing:
        return tr("not verified");
    case core::QuoteState::Altered:
        return tr("never said here");
    case core::QuoteState::Deleted:
        return tr("original deleted");
    }
    return {};
}

QString trustSentence(const core::Contact& contact) {
    if (contact.changedTo) {
        return tr("Another key than the one you know");
    }
    switch (contact.trust) {
    case core::Trust::FirstUse:
        return tr("Not verified: the relay said who this is");
    case core::Trust::Link:
        return tr("Added by a contact link");
    case core::Trust::Verified:
        return tr("Verified");
    }
    return {};
}

QString failureWords(const core::Failure& failure) {
    return shownSentence(failure.text);
}

QString errorWords(const rpc::Error& error) {
    QString words = shownSentence(error.text);
    if (!words.isEmpty()) {
        words[0] = words[0].toUpper();
        if (words.back().isLetterOrNumber()) {
            words += QLatin1Char('.');
        }
    }
    return words;
}

std::int64_t dayBegins(int year, unsigned month, unsigned day) {
    return QDate(year, static_cast<int>(month), static_cast<int>(day)).startOfDay().toMSecsSinceEpoch();
}

} // namespace sotto::app
