<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>main</name>
    <message>
        <source>End-to-end encrypted chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The profile to open: a name, or a path with a slash.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An invite link (sotto://…) to begin with.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No font with emoji is installed: they are shown as boxes. On Debian, install fonts-noto-color-emoji.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app</name>
    <message>
        <source>Sotto %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End-to-end encrypted chat. The relay between you and the other side sees only ciphertext.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Free software under the GNU General Public License, version 3 or later: you may use, study, share and change it. There is no warranty.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made with Qt %1, SQLCipher, libsodium and libsignal-protocol-c.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>d MMMM</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>d MMMM yyyy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>dd.MM.yy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting to be sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask its author</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not verified</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>never said here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>original deleted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one week</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 weeks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one day</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one hour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 hours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one minute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 minutes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You turned disappearing messages off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 turned disappearing messages off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You set messages to disappear %1 after they are read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 set messages to disappear %2 after they are read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer&apos;s clock is %1 behind the relay&apos;s: times may be shown wrong.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer&apos;s clock is %1 ahead of the relay&apos;s: times may be shown wrong.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: %2, %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device %1 of %2 says that it has it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device %1 of %2 has not said yet that it has it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another key than the one you know</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not verified: the relay said who this is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Added by a contact link</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verified</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::AccountPage</name>
    <message>
        <source>Your contact link</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give it to people who want to write to you. Whoever adds you by it, or by the code below, knows for certain that it is you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Contact link</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your contact link as a QR code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At the relay %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::Composer</name>
    <message>
        <source>Send (Enter)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This message is too long: it has %1 KB of at most %2. Send it in parts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Emoji (Ctrl+.)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Emoji</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::ComposerEdit</name>
    <message>
        <source>Write a message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Italic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Strikethrough</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block of code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plain</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::ConversationHeader</name>
    <message>
        <source>Blocked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Encrypted · not verified</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Encrypted · added by link</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Encrypted · verified</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to a day</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search in this conversation (Ctrl+F)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare and accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The relay names another key for %1. Messages wait until you accept it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is typing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Day to go to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · messages disappear after %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details of this conversation (Ctrl+I)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>seen recently</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>online</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>last seen %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::ConversationListModel</name>
    <message numerus="yes">
        <source>%n unread</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>is typing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draft:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pinned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>muted</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::ConversationMenu</name>
    <message>
        <source>Mark as read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unmute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to the list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Archive</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::ConversationModel</name>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2: %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1. %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notice, %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A message of %1 that cannot be read, %2: %3 %4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2: deleted message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unknown author</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(replies to %1: %2 %3)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(edited)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reaction: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(disappears %1 after it was read)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2: message that disappeared</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::ConversationPane</name>
    <message>
        <source>Choose a conversation, or begin a new one with Ctrl+N</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To the newest message (End)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To the newest message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>OK</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block %1?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing of what they send is taken any more, and nothing tells them so. What is here stays. You can end it at any time; what they sent meanwhile does not come later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::DataPage</name>
    <message>
        <source>Backup</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything in this profile, for your recovery code to open. Nobody else can.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a backup…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All messages as text that other programs read (JSON Lines). The file is not encrypted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export the history…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Progress</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a backup</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export the history</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped. Nothing was kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exporting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Making the backup…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done: %1, %2.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::DetailsDrawer</name>
    <message>
        <source>Muted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Muted until %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details of this conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the details (Ctrl+I)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search in this conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Safety number…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disappearing messages: off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Messages disappear after %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Press to hear of it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin above the others</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to the list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Archive</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the new safety number…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the safety number…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the safety number…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First message: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Goes to the beginning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device %1: has not written here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device %1: wrote last %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Their devices are not known yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looks like %1, whom you know: this is another account. Compare the safety number.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::EmojiPicker</name>
    <message>
        <source>Find an emoji</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Emoji</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::FirstRunPage</name>
    <message>
        <source>Welcome to Sotto</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chat that only you and the other side can read. You need an invite link from whoever runs your relay.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Invite link (sotto://…)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your name at the relay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Passphrase for this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The passphrase again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Create account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste the invite link first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the name that others find you by.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The two passphrases differ.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock it with a passphrase</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do not lock it: a key file beside the data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the messages on this computer are locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock it with the desktop&apos;s keychain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asked for at every start. Nobody can tell it to you when it is forgotten.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opens by itself while you are logged in to this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whoever can copy your files can read your messages, too.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a passphrase first, or another way.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::LinkGate</name>
    <message>
        <source>It leads to %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection is not encrypted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open this link in the browser?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What stands in the message is another address: %1.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::LockPage</name>
    <message>
        <source>Lock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock now (Ctrl+L)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Never</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> minutes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock when nothing was typed or clicked in Sotto for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key of this profile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Under a passphrase</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the desktop&apos;s keychain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In a file beside the data, open to whoever copies it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The passphrase until now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The new passphrase</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The new passphrase again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A passphrase keeps it now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The desktop&apos;s keychain keeps it now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It lies in a file beside the data: whoever copies the profile can read it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type the passphrase until now first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type the new passphrase first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The two passphrases differ.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Changing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Changed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sotto closes the profile for that moment.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::MainWindow</name>
    <message>
        <source>Sotto</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New conversation…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to a conversation…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About Sotto</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This profile does not open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sotto is open elsewhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another program of yours, such as `sotto daemon`, has this profile open.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End it and open here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Making keys…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Registering…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The relay is asked to take the account.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The relay does not answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sotto is locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The profile is closed; its key lies with it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That did not work</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Archived conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blocked contacts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+K	Go to a conversation
Ctrl+N	New conversation
Ctrl+F	Search in this conversation
Ctrl+Shift+F	Search everywhere
Alt+Up, Alt+Down	Previous, next conversation
Enter	Send
Shift+Enter	New line
Ctrl+.	Choose an emoji
Ctrl+B, Ctrl+I	What is chosen in the message: bold, italic
Ctrl+Shift+X, Ctrl+Shift+M	The same: strikethrough, code
Up	Edit your last message, where nothing is written
Ctrl+R	Reply to the message chosen, or the newest one
Tab	To the messages and back; arrows move, Enter opens what a message offers
Ctrl+C	Copy what is marked or chosen
End	To the newest message
Esc	Back
Ctrl+Shift+P	Pin this conversation above the others, or not any more
Ctrl+Shift+M	Mute this conversation, or not any more
Ctrl+Shift+E	Archive this conversation, or take it back
Ctrl+I	Details of this conversation: contact, safety number, timer
Ctrl+,	Settings
Ctrl+L	Lock
F1	This list</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::MessageActions</name>
    <message>
        <source>%1 · %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The message that was answered is not on this device.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete this message?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It goes from this device for good. The other side keeps what it has.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It goes from every device that has it. Whoever has read it may remember.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is the matter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask its author</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A message of yours from about %1 did not reach me. Could you send it again?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::MessageInfoDialog</name>
    <message>
        <source>Message info</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>State</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written, by their clock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Taken by the relay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Received here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Once, since a device asked for it</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n times, since a device asked for it</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Number</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of its device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disappears</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 after it is read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>says that it has it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>has not said yet that it has it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::MessageLayout</name>
    <message>
        <source>Unread messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deleted message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 messages are missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A message is missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A message cannot be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Taken back by its author</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>edited %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::MessageMenu</name>
    <message>
        <source>Reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>React</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show whole text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete on this device…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete for everyone…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Info</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::MessageView</name>
    <message>
        <source>Messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>[%1] %2: %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::MuteMenu</name>
    <message>
        <source>Mute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For eight hours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For a week</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Until I change it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::NewChatDialog</name>
    <message>
        <source>New conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write to somebody at your relay by name, or with the contact link they gave you. With a link you know for certain who it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>@name or sotto://…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name or contact link</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your own contact link, to give to others:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your contact link</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking the relay…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::NoticeBar</name>
    <message>
        <source>OK</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I have read this notice</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::Notifications</name>
    <message>
        <source>New message</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n new messages</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>In one conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>In %n conversations</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reply…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mark as read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Somebody new wrote to you</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::PrivacyPage</name>
    <message>
        <source>That you have read their messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That you are typing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What others are told</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What you do not tell, you are not shown of others either. Strangers who write to you hear nothing of all this until you accept them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether you are there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tell nobody</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tell contacts that you were there recently</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tell contacts who tell you the same exactly when</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::Question</name>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::QuoteBlock</name>
    <message>
        <source>Deleted message</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::RecoveryPage</name>
    <message>
        <source>Your recovery code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write it down and keep it away from this computer. It is shown this once, and whoever has it is you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I have written it down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recovery code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Groups of the recovery code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type its groups %1 and %2, so that you know that it was written down well. Groups are counted from left to right, line by line.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That is something else. Look at what you wrote, or show the code again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::SafetyNumberDialog</name>
    <message>
        <source>The safety number until now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Safety number</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept the new key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Safety number as a QR code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The number that the other side reads to you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Safety number to compare with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both of you see the same 60 digits, if nobody stands in between. Compare them in person or on a call.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accepted. What waited is being sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The relay names another key for %1. That happens when somebody makes their account anew, and when somebody stands in between. Your messages wait until you accept it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The new safety number</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That is not a safety number: it has 60 digits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same: accept the new key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not the same. Do not accept the new key: somebody may stand in between.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same: %1 is verified.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::SearchModel</name>
    <message>
        <source>Nothing found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing found in the newest messages yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Some messages are missing or cannot be read, so there may be more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2: %3</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::Settings</name>
    <message>
        <source>The settings of the window were damaged and lie in desktop.ini.damaged now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The settings of the window are damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The settings of the window cannot be read.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Window and start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This holds until Sotto ends: the settings cannot be written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lists</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Roomy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compact</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A notification shows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name and message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The name only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing: no notifications</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notifications are shown, and maybe kept, by the desktop. They are withdrawn when a message is read or deleted, and when Sotto is locked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Closing the window leaves Sotto in the tray</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start in the tray, without a window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This desktop has no tray: closing the window ends Sotto.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start when you log in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That file cannot be written: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Privacy</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::SidePane</name>
    <message>
        <source>Menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New conversation (Ctrl+N)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search everywhere instead</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Found messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody here yet.
Begin a conversation with Ctrl+N.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Offline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Offline since %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fetching messages…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not connected: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Archived</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blocked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: back to the list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>more than %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::StandingBar</name>
    <message>
        <source>Block…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You have blocked %1. Nothing of what they send is taken, and nothing tells them so.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 wrote to you for the first time. Until you accept they hear nothing of you: not that it arrived, nor that you read it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::Switcher</name>
    <message>
        <source>Go to a conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of a conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::TimerMenu</name>
    <message>
        <source>Disappearing messages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 after they are read</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::Tray</name>
    <message>
        <source>Show or hide Sotto</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sotto</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sotto: one unread message</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Sotto: %n unread messages</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sotto::app::UnlockPage</name>
    <message>
        <source>Sotto is locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type the passphrase of this profile.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Passphrase</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sotto::app::WritingPane</name>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel (Esc)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reply to yourself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reply to %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
