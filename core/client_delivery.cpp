// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client_private.h"
#include "core/messaging/resender.h"

namespace sotto::core {
namespace {

ChainReport reportOf(const LocalDevice& device, const Chain& chain) {
    ChainReport report;
    report.conversation = chain.name.conversation;
    report.sender = chain.name.sender;
    const auto contact = device.contacts.byAccount(chain.name.sender);
    report.senderName = contact ? contact->name : std::string();
    report.device = chain.name.device;
    report.generation = chain.name.generation;
    report.base = chain.base;
    report.ranges = device.chains.ranges(chain.key);
    report.head = std::max(chain.head, report.ranges.empty() ? 0 : report.ranges.back().last);
    report.holes = device.chains.holes(chain).missing;
    for (const Gap& gap : device.gaps.of(chain.key)) {
        if (gap.state == GapState::Gone) {
            report.gone.push_back(gap.numbers);
        }
    }
    report.forks = device.chains.forks(chain.key);
    return report;
}

} // namespace

Result<DeliveryReport> Client::deliveryReport(const std::optional<ConversationKey>& conversation) const {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    return resultOf(db::attempt([&] {
                        DeliveryReport report;
                        for (const Chain& chain : d->device->chains.all(conversation)) {
                            report.chains.push_back(reportOf(*d->device, chain));
                        }
                        report.claims = d->device->gaps.claims();
                        return report;
                    }),
                    "Reading what arrived");
}

Result<std::int64_t> Client::answerHeldResends(ContactKey key, HeldAnswer answer) {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    const auto contact =
        resultOf(db::attempt([&] { return d->device->contacts.byKey(key); }), "Reading the contact");
    if (!contact) {
        return tl::unexpected(contact.error());
    }
    if (!*contact) {
        return failure(FailureCode::NotFound, "No such contact.");
    }
    Resender resender(*d->device);
    Effects effects;
    auto done = answer == HeldAnswer::Send ? resender.allow((*contact)->account, effects)
                                           : resender.deny((*contact)->account);
    if (!done) {
        return tl::unexpected(storageFailure(done.error(), "Answering what was asked for"));
    }
    d->perform(std::move(effects));
    return *done;
}

} // namespace sotto::core
