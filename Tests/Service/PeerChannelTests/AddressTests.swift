import PeerChannel
import Testing

struct AddressTests {
    @Test(arguments: ["unix:/run/cvqkd/peer.sock", "tcp:bob.example:4433", "tcp:127.0.0.1:0", "tcp:[::1]:4433"])
    func `an address is read and written as the same text`(text: String) throws {
        #expect(try PeerAddress(text).description == text)
    }

    @Test(arguments: [
        "", "unix:", "unix:relative", "unix:/folder/", "unix:/" + String(repeating: "a", count: 107), "tcp:",
        "tcp:host",
        "tcp::1", "tcp:host:", "tcp:host:65536", "tcp:host:-1", "tcp:host:1a", "tcp:::1:4433", "tcp:a b:1",
        "http:host:1",
        "tcp:host:99999999999999999999", "tcp:[]:1", "unix:/a\0b",
    ])
    func `what is no address is refused with a reason`(text: String) {
        #expect(throws: PeerChannelError.self) { try PeerAddress(text) }
    }
}
