// SPDX-License-Identifier: GPL-3.0-or-later
/// The relay and its store under any order of commands from three accounts, against a model: what was
/// answered as stored is delivered in order, whole and once per log-in, until it is acknowledged (R1, R2); a
/// repeated send gets its first answer; nothing else is ever delivered. Two bytes an action.
#include "tests/fuzz/fuzzed.h"
#include "tests/relay/relay_world.h"

#include <cstdlib>

using namespace sotto;
using namespace sotto::relay;

namespace {

constexpr std::size_t kMaxActions = 120;
constexpr std::size_t kAccounts = 3;

void need(bool promise) {
    if (!promise) {
        std::abort();
    }
}

/// Keys take longer than a whole script: they are the same in every run.
const std::vector<TestAccount>& accounts() {
    static test::SeededRandom random(1);
    static const std::vector<TestAccount> made = [] {
        std::vector<TestAccount> list;
        for (const char* name : {"alice", "bob", "carol"}) {
            list.emplace_back(name, random);
        }
        return list;
    }();
    return made;
}

struct Sent {
    std::size_t from = 0;
    pb::Frame frame;
    std::uint64_t stamp = 0; ///< 0: not answered as stored yet
};

/// One account: its mailbox as it must be, and its connection.
struct Client {
    std::vector<std::size_t> mail; ///< indices into the sends; number n is at n − 1
    std::uint64_t acknowledged = 0;
    std::uint64_t delivered = 0; ///< on this connection
    std::shared_ptr<RelayWorld::Wire> wire;
};

class Script {
public:
    Script() {
        for (const TestAccount& account : accounts()) {
            auto wire = m_world.registerAccount(account);
            m_world.disconnect(*wire);
        }
    }

    void act(std::uint8_t action, std::uint8_t detail) {
        const std::size_t who = action % kAccounts;
        const std::size_t whom = (who + 1 + detail % (kAccounts - 1)) % kAccounts;
        switch ((action / kAccounts) % 12) {
        case 0:
        case 1:
        case 2:
            sendNew(who, whom, detail);
            break;
        case 3:
            repeat(who, detail);
            break;
        case 4:
            reuse(who, detail);
            break;
        case 5:
        case 6:
            acknowledge(who, detail);
            break;
        case 7:
            logIn(who);
            break;
        case 8:
            logOut(who);
            break;
        case 9:
            restart();
            break;
        case 10:
            m_world.tick(Milliseconds(detail * 40));
            collect();
            break;
        default:
            acknowledgeTooMuch(who);
            break;
        }
    }

    /// Everyone comes back and takes what is theirs, whatever happened.
    void finish() {
        for (std::size_t who = 0; who < kAccounts; ++who) {
            logIn(who);
            Client& client = m_clients[who];
            while (client.acknowledged < client.mail.size()) {
                need(client.delivered > client.acknowledged);
                acknowledge(who, 255);
            }
        }
        need(m_world.count("SELECT count(*) FROM row") == 0);
        need(m_world.count("SELECT count(*) FROM payload") == 0);
    }

private:
    bool isOnline(std::size_t who) const { return m_clients[who].wire && !m_clients[who].wire->closed; }

    void logIn(std::size_t who) {
        logOut(who);
        Client& client = m_clients[who];
        client.wire = m_world.logIn(accounts()[who]);
        need(m_world.welcome.welcome().acked().number() == client.acknowledged);
        need(m_world.welcome.welcome().newest() == client.mail.size());
        client.delivered = client.acknowledged;
        collect();
    }
    void logOut(std::size_t who) {
        if (isOnline(who)) {
            m_world.disconnect(*m_clients[who].wire);
        }
        m_clients[who].wire.reset();
    }
    void restart() {
        m_world.restart();
        for (Client& client : m_clients) {
            client.wire.reset();
        }
    }

    void sendNew(std::size_t who, std::size_t whom, std::uint8_t detail) {
        if (!isOnline(who)) {
            return;
        }
        Sent sent;
        sent.from = who;
        sent.frame = accounts()[who].message(accounts()[whom], m_world.random.next<SendId>(),
                                             std::string(1 + detail * 8, static_cast<char>(detail)));
        m_sends.push_back(sent);
        m_clients[whom].mail.push_back(m_sends.size() - 1);
        m_sends.back().stamp = answerTo(who, m_sends.back().frame).stored().stamp();
        need(m_sends.back().stamp > m_newestStamp); // stamps only grow
        m_newestStamp = m_sends.back().stamp;
        collect();
    }
    void repeat(std::size_t who, std::uint8_t detail) {
        if (const Sent* sent = sentBy(who, detail); sent != nullptr && isOnline(who)) {
            need(answerTo(who, sent->frame).stored().stamp() == sent->stamp);
            collect();
        }
    }
    void reuse(std::size_t who, std::uint8_t detail) {
        if (const Sent* sent = sentBy(who, detail); sent != nullptr && isOnline(who)) {
            pb::Frame other = sent->frame;
            other.mutable_send()->mutable_payload()->append("x");
            need(answerTo(who, other).error().code() == pb::SEND_ID_REUSED);
            collect();
        }
    }
    void acknowledge(std::size_t who, std::uint8_t detail) {
        Client& client = m_clients[who];
        if (!isOnline(who)) {
            return;
        }
        const std::uint64_t number = client.delivered * detail / 255;
        m_world.acknowledge(*client.wire, number);
        client.acknowledged = std::max(client.acknowledged, number);
        collect();
    }
    void acknowledgeTooMuch(std::size_t who) {
        if (isOnline(who)) {
            m_world.acknowledge(*m_clients[who].wire, m_clients[who].delivered + 1);
            need(m_clients[who].wire->closed);
            m_clients[who].wire.reset();
        }
    }

    const Sent* sentBy(std::size_t who, std::uint8_t detail) const {
        std::vector<const Sent*> own;
        for (const Sent& sent : m_sends) {
            if (sent.from == who) {
                own.push_back(&sent);
            }
        }
        return own.empty() ? nullptr : own[detail % own.size()];
    }
    pb::Frame answerTo(std::size_t who, const pb::Frame& frame) {
        m_world.send(*m_clients[who].wire, frame);
        need(!m_clients[who].wire->frames.empty());
        return m_world.take(*m_clients[who].wire);
    }

    /// Compares what arrived with what must have.
    void collect() {
        for (std::size_t who = 0; who < kAccounts; ++who) {
            Client& client = m_clients[who];
            if (!client.wire) {
                continue;
            }
            for (const pb::Row& row : client.wire->rows) {
                need(row.number() == client.delivered + 1 && row.number() <= client.mail.size());
                const Sent& sent = m_sends[client.mail[client.delivered]];
                need(row.send_id() == sent.frame.send().send_id());
                need(row.payload() == sent.frame.send().payload());
                need(row.header() == sent.frame.send().headers(0).bytes());
                need(row.sender().account() == wire::fieldOf(accounts()[sent.from].id()));
                need(sent.stamp == 0 || row.stamp() == sent.stamp);
                client.delivered = row.number();
            }
            client.wire->rows.clear();
            if (isOnline(who)) {
                // Few enough for one window: nothing may be held back.
                need(client.delivered == client.mail.size());
            }
        }
    }

    RelayWorld m_world;
    std::array<Client, kAccounts> m_clients;
    std::vector<Sent> m_sends;
    std::uint64_t m_newestStamp = 0;
};

} // namespace

bool fuzzed(BytesView input) {
    Script script;
    for (std::size_t i = 0; i + 1 < std::min(input.size(), 2 * kMaxActions); i += 2) {
        script.act(input[i], input[i + 1]);
    }
    script.finish();
    return true;
}
