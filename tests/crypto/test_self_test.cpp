// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "crypto/self_test.h"

#include <QTest>

class TestSelfTest : public QObject {
    Q_OBJECT
private slots:
    /// Fails when an executable does not export curve25519_donna: then libsignal-protocol-c uses its own.
    void everyExecutableThatLinksCryptoPasses() {
        sotto::initialiseSodium();
        sotto::crypto::selfTest();
    }
};

QTEST_GUILESS_MAIN(TestSelfTest)
#include "test_self_test.moc"
