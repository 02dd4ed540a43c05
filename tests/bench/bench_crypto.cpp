// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-bench-crypto [--json]: headers through crypto's public API with a store in memory that takes the
// session's record for each message, per CPU-second, beside the bare libraries on the same plaintext. Exit 0
// when it measured.

#include "crypto/payload.h"
#include "crypto/self_test.h"
#include "tests/bench/timed_run.h"
#include "tests/crypto/party.h"

#include <climits>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>

using namespace sotto;
using namespace sotto::crypto;

namespace {

constexpr std::size_t kMessages = 20'000;
constexpr std::size_t kTurns = 2'000;
constexpr std::size_t kSetups = 400;
constexpr std::size_t kContentSize = 256;

constexpr const char* kPeers[] = {"libsignal", "libolm", "libolmUnsaved"};

struct Figure {
    const char* name;
    const char* text;
    double goal; ///< 0: reported without one
    double ours = 0;
};

template <class T, class E>
T must(Expected<T, E> result) {
    if (!result) {
        std::cerr << "sotto-bench-crypto: a call failed while measuring\n";
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*result);
    }
}

/// The other program's figures: "libsignal encrypt" -> rate. Empty when it is not there.
std::map<std::string, double> measurePeers() {
    char own[PATH_MAX] = {};
    if (::readlink("/proc/self/exe", own, sizeof own - 1) <= 0) {
        return {};
    }
    std::map<std::string, double> rates;
    std::FILE* pipe = ::popen(("'" + std::string(own) + "-peers'").c_str(), "r");
    if (pipe == nullptr) {
        return rates;
    }
    char library[32];
    char figure[32];
    double rate = 0;
    while (std::fscanf(pipe, "%31s %31s %lf", library, figure, &rate) == 3) {
        rates[std::string(library) + ' ' + figure] = rate;
    }
    ::pclose(pipe);
    return rates;
}

/// Two parties with a session that both have answered on.
struct Pair {
    Party alice{"alice"};
    Party bob{"bob"};
    Pair() {
        must(alice.startWith(bob));
        must(bob.openFrom(alice, must(alice.sealFor(bob))));
        must(alice.openFrom(bob, must(bob.sealFor(alice))));
    }
};

double measureEncrypt(Pair& pair, std::vector<Bytes>& headers) {
    const auto header = pair.alice.headerFor(pair.bob);
    const auto recipientKey = pair.bob.keys.identityKey();
    return bench::ratePerCpuSecond(
        kMessages, [] {},
        [&] {
            for (Bytes& sealed : headers) {
                sealed = must(pair.alice.sessions.seal(pair.bob.address, recipientKey, header));
            }
        });
}

double measureDecrypt(Pair& pair, std::vector<Bytes>& headers) {
    const auto header = pair.alice.headerFor(pair.bob);
    const auto senderKey = pair.alice.keys.identityKey();
    const auto recipientKey = pair.bob.keys.identityKey();
    return bench::ratePerCpuSecond(
        kMessages,
        [&] {
            for (Bytes& sealed : headers) {
                sealed = must(pair.alice.sessions.seal(pair.bob.address, recipientKey, header));
            }
        },
        [&] {
            for (const Bytes& sealed : headers) {
                must(pair.bob.sessions.open(pair.alice.address, senderKey, sealed));
            }
        });
}

double measurePingPong(Pair& pair) {
    return bench::ratePerCpuSecond(
        kTurns, [] {},
        [&] {
            for (std::size_t i = 0; i < kTurns; i += 2) {
                must(pair.bob.openFrom(pair.alice, must(pair.alice.sealFor(pair.bob))));
                must(pair.alice.openFrom(pair.bob, must(pair.bob.sealFor(pair.alice))));
            }
        });
}

/// Bundle checked, session started, first header sealed and opened; the list was verified when it arrived.
double measureSetup(Pair& pair) {
    std::vector<PrekeyBundle> bundles(kSetups);
    const VerifiedDeviceList list = pair.bob.list();
    return bench::ratePerCpuSecond(
        kSetups,
        [&] {
            for (PrekeyBundle& bundle : bundles) {
                bundle = pair.bob.bundle();
            }
        },
        [&] {
            for (const PrekeyBundle& bundle : bundles) {
                must(pair.alice.sessions.remove(pair.bob.address));
                must(pair.bob.sessions.remove(pair.alice.address));
                must(pair.alice.sessions.start(
                    must(verifyBundle(bundle, list, pair.bob.address.device, pair.alice.clock.now))));
                must(pair.bob.openFrom(pair.alice, must(pair.alice.sealFor(pair.bob))));
            }
        });
}

double measureEnvelope(Pair& pair, bool opening) {
    struct Envelope {
        Bytes payload;
        Bytes header;
    };
    const Bytes content(kContentSize, 0x5A);
    std::vector<Envelope> envelopes(kMessages / 4);
    const auto sealAll = [&] {
        for (Envelope& envelope : envelopes) {
            auto sealed = sealPayload(content, pair.alice.random);
            auto header = pair.alice.headerFor(pair.bob);
            header.payloadKey = std::move(sealed.key);
            header.payloadDigest = sealed.digest;
            envelope.payload = std::move(sealed.bytes);
            envelope.header =
                must(pair.alice.sessions.seal(pair.bob.address, pair.bob.keys.identityKey(), header));
        }
    };
    const auto openAll = [&] {
        for (const Envelope& envelope : envelopes) {
            const auto opened = must(pair.bob.openFrom(pair.alice, envelope.header));
            must(openPayload(envelope.payload, opened.header.payloadKey, opened.header.payloadDigest));
        }
    };
    return opening ? bench::ratePerCpuSecond(envelopes.size(), sealAll, openAll)
                   : bench::ratePerCpuSecond(
                         envelopes.size(), [] {}, sealAll);
}

/// What a relay can make a client do with one header (docs/SECURITY.md, case 29): an unknown ratchet key and
/// the largest jump that is still tried, on a session with as many archived states as are kept.
double measureForged(Pair& pair) {
    for (std::size_t i = 0; i < Sessions::kMaxArchivedStates; ++i) {
        must(pair.alice.startWith(pair.bob));
        must(pair.bob.openFrom(pair.alice, must(pair.alice.sealFor(pair.bob))));
    }
    // The ratchet message of libsignal: version, ratchet key, counter, previous counter, 16 bytes, MAC.
    Bytes message = {0x33, 0x0A, 0x21, 0x05};
    const Curve25519Key unknown = DeviceKeys::generate(pair.alice.random).identityKey();
    message.insert(message.end(), unknown.value.begin(), unknown.value.end());
    const std::uint32_t counter = Sessions::kMaxSkipped;
    for (const std::uint32_t byte : {0x10U, (counter & 0x7F) | 0x80, counter >> 7, 0x18U, 0U, 0x22U, 0x10U}) {
        message.push_back(static_cast<std::uint8_t>(byte));
    }
    message.resize(message.size() + 16 + 8);
    Bytes forged = {0x01, 0x01, 0x00, static_cast<std::uint8_t>(message.size())};
    forged.insert(forged.end(), message.begin(), message.end());
    forged.resize(kMessageHeaderSize);
    return bench::ratePerCpuSecond(
        kTurns, [] {},
        [&] {
            for (std::size_t i = 0; i < kTurns; ++i) {
                if (pair.bob.openFrom(pair.alice, forged)) {
                    std::exit(1); // it must never open
                }
            }
        });
}

void printTable(const std::vector<Figure>& figures, const std::map<std::string, double>& peers,
                double others) {
    const auto peer = [&](const char* library, const char* name) {
        const auto found = peers.find(std::string(library) + ' ' + name);
        return found == peers.end() ? 0.0 : found->second;
    };
    std::printf("%-34s %10s %10s %14s %14s %14s\n", "per CPU-second", "sotto", "goal", kPeers[0], kPeers[1],
                kPeers[2]);
    for (const Figure& figure : figures) {
        std::printf("%-34s %10.0f ", figure.text, figure.ours);
        if (figure.goal > 0) {
            std::printf("%10.0f", figure.goal);
        } else {
            std::printf("%10s", "-");
        }
        for (const char* library : kPeers) {
            const double rate = peer(library, figure.name);
            rate > 0 ? std::printf(" %8.0f %4.1fx", rate, figure.ours / rate) : std::printf(" %14s", "-");
        }
        std::printf("%s\n", figure.goal > 0 && figure.ours < figure.goal ? "  below the goal" : "");
    }
    std::printf("Other processes used %.2f processors meanwhile.\n", others);
}

void printJson(const std::vector<Figure>& figures, const std::map<std::string, double>& peers,
               double others) {
    std::ostringstream json;
    json << "{\"bench\":\"crypto\",\"unit\":\"per CPU-second\",\"otherProcessors\":" << others
         << ",\"figures\":{";
    const char* comma = "";
    for (const Figure& figure : figures) {
        json << comma << '"' << figure.name << "\":{\"sotto\":" << static_cast<long>(figure.ours);
        if (figure.goal > 0) {
            json << ",\"goal\":" << static_cast<long>(figure.goal)
                 << ",\"met\":" << (figure.ours >= figure.goal ? "true" : "false");
        }
        for (const char* library : kPeers) {
            const auto found = peers.find(std::string(library) + ' ' + figure.name);
            if (found != peers.end()) {
                json << ",\"" << library << "\":" << static_cast<long>(found->second) << ",\"" << library
                     << "Ratio\":" << figure.ours / found->second;
            }
        }
        json << '}';
        comma = ",";
    }
    std::cout << json.str() << "}}\n";
}

} // namespace

int main(int argc, char** argv) {
    const bool asJson = argc == 2 && std::strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !asJson) {
        std::cerr << "usage: sotto-bench-crypto [--json]\n";
        return 2;
    }
    initialiseSodium();
    selfTest();
    const bench::TimedRun run;
    std::vector<Figure> figures = {
        {"encrypt", "headers sealed", 150'000},
        {"decrypt", "headers opened", 150'000},
        {"pingPong", "headers with a DH step", 7'000},
        {"setup", "session set-ups", 1'700},
        {"forged", "forged headers refused, worst case", 667},
        {"envelopeSeal", "whole envelopes sealed (256 B)", 0},
        {"envelopeOpen", "whole envelopes opened (256 B)", 0},
    };
    std::vector<Bytes> headers(kMessages);
    Pair sealing;
    figures[0].ours = measureEncrypt(sealing, headers);
    Pair opening;
    figures[1].ours = measureDecrypt(opening, headers);
    Pair pair;
    figures[2].ours = measurePingPong(pair);
    figures[3].ours = measureSetup(pair);
    Pair attacked;
    figures[4].ours = measureForged(attacked);
    Pair envelopes;
    figures[6].ours = measureEnvelope(envelopes, true);
    figures[5].ours = measureEnvelope(envelopes, false);
    const auto peers = measurePeers();
    const double others = run.otherProcessors();
    asJson ? printJson(figures, peers, others) : printTable(figures, peers, others);
}
