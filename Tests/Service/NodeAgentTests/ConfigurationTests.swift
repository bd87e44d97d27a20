import Foundation
import Testing

@testable import NodeAgent

/// What a configuration file may say.
struct ConfigurationTests {
    @Test func `a small file is read, with what is usual`() throws {
        let configuration = try AgentConfiguration.read(Array(ConfigurationText.small.utf8), file: "alice.yaml")
        #expect(configuration.node == "hospital")
        #expect(configuration.links[0].evidence == .usual)
        #expect(configuration.links[0].attempts == .usual)
        #expect(configuration.links[0].peer.address == .unix(path: "/run/x/peer.sock"))
        #expect(!configuration.links[0].isTest)
        #expect(configuration.consumers[0].socket == "/run/x/engine.sock")
        #expect(configuration.consumers[0].users == [LocalUser(text: "0", uid: 0)])
        #expect(configuration.controlSocket == "/run/x/control.sock")
        #expect(configuration.spool == .usual)
    }

    @Test func `everything that a file may say is read`() throws {
        var text = ConfigurationText.small
        for (old, new) in [
            ("signingKey:", "log: debug\noperators: [root, 1001]\nsigningKey:"),
            ("    unit: a\n", ConfigurationText.linkDetails),
            (
                "consumers:",
                "spool: {policy: durable, bytes: 4 GiB, highWater: 0.7, rootSecret: /etc/x/root}\nconsumers:"
            ),
            ("connect: unix:/run/x/peer.sock", "listen: tcp:[::1]:4711\n      tls: \(ConfigurationText.tls)"),
        ] { text = text.replacingOccurrences(of: old, with: new) }
        let configuration = try AgentConfiguration.read(Array(text.utf8), file: "alice.yaml")
        let link = configuration.links[0]
        #expect(configuration.operators.map(\.uid) == [0, 1_001])
        #expect(configuration.logLevel == .debug)
        #expect(link.symbolRate == 10e6 && link.vacuumFraction == 0.3 && link.modulationVariance == 5 && link.isTest)
        #expect(link.evidence.deadline == 5 && link.evidence.cellsPerWindow == 20)
        #expect(link.attempts == AttemptLimits(selfResumptions: 2, firstDelay: 120, latches: false))
        #expect(link.expected?.loss.value == 9)
        #expect(link.peer.address == .tcp(host: "::1", port: 4_711))
        #expect(link.peer.tls?.pins.first?.count == 32)
        #expect(configuration.spool.bytes == 4 << 30 && configuration.spool.rootSecretFile == "/etc/x/root")
    }

    /// What is wrong, by what is replaced in the small file: where it is found, and the sentence.
    static let wrong: [(old: String, new: String, place: String, sentence: String)] = [
        ("node: hospital", "nodes: hospital", "1:1", "nodes: there is no such key. Did you mean node?"),
        ("node: hospital\n", "", "1:1", "node: is missing; a name of 1 to 64 of A-Z a-z 0-9 - _ . belongs there"),
        ("node: hospital", "node: 4711", "1:7", "node: '4711' is read as something else: put it in quotes"),
        ("node: hospital", "node: [a]", "1:7", "node: a list stands where a name of 1 to 64"),
        ("node: hospital", "node: a/b", "1:7", "node: 'a/b' is not a name of 1 to 64"),
        ("node: hospital", "node:", "1:6", "node: nothing is not a name"),
        ("node: hospital", "node: \"a\\u001b[2J\"", "1:7", "node: has a line break or another control character"),
        ("node: hospital", "node: a\nnode: b", "1:1", "'node' stands more than once in this section"),
        ("state: /var/lib/x", "state: lib/x", "2:8", "state: 'lib/x' is not an absolute path"),
        ("runtime: /run/x", "runtime: /run/\(String(repeating: "x", count: 100))", "3:10", "107 bytes at most"),
        ("selector: usb:A-0001", "selector: udp:A-0001", "7:15", "'udp:' is not a kind of connection; use usb:SERIAL"),
        ("end: alice", "end: alcie", "12:10", "links[0].end: 'alcie' is not alice or bob. Did you mean alice?"),
        ("end: alice", "end: carol", "12:10", "links[0].end: 'carol' is not alice or bob"),
        ("unit: a\n", "unit: b\n", "13:11", "links[0].unit: there is no unit b. Did you mean a?"),
        ("unit: a\n", "unit: a\n    symbolRate: 10 MHZ\n", "14:17", "'MHZ' is not a unit here; Hz, kHz, MHz, GHz are"),
        ("unit: a\n", "unit: a\n    symbolRate: fast\n", "14:17", "'fast' is not a quantity such as 10 MHz, from 1 to"),
        ("unit: a\n", "unit: a\n    symbolRate: .inf\n", "14:17", "'.inf' is not a quantity"),
        ("unit: a\n", "unit: a\n    symbolRate: 0x10\n", "14:17", "'0x10' is not a quantity"),
        ("unit: a\n", "unit: a\n    vacuumFraction: 1.5\n", "14:21", "'1.5' is not a number from 0 to 1"),
        ("unit: a\n", "unit: a\n    vacuumFraction: \"0.1\"\n", "14:21", "'0.1' is not a number from 0 to 1"),
        (
            "unit: a\n", "unit: a\n    vacuumFraction: 0.95\n", "14:21",
            "together with trainingFraction it leaves no signal"
        ),
        ("unit: a\n", "unit: a\n    vacuumFraction: 0\n", "14:21", "a link that makes key needs vacuum"),
        ("unit: a\n", "unit: a\n    test: yes\n", "14:11", "links[0].test: 'yes' is not true or false"),
        (
            "unit: a\n", "unit: a\n    attempts: {latch: false}\n", "14:23",
            "only a link with 'test: true' may do without"
        ),
        ("unit: a\n", "unit: a\n    evidence: {boundSigmas: 1}\n", "14:29", "'1' is not a number from 3 to 20"),
        ("unit: a\n", "unit: a\n    evidence: {cellsPerWindow: 010}\n", "14:32", "'010' is not a whole number from 1"),
        ("unix:/run/x", "tcp:far:0", "15:16", "'0/peer.sock' is not a port from 1 to 65535"),
        ("unix:/run/x/peer.sock", "tcp:far:4711", "15:16", "TCP goes with TLS only"),
        ("unix:/run/x/peer.sock", "http://far", "15:16", "'http://far' is not unix:/PATH or tcp:HOST:PORT"),
        ("connect: unix:/run/x/peer.sock", "connect: unix:/a\n      listen: unix:/b", "15:16", "stands beside listen"),
        ("nodeKeys: [\(ConfigurationText.key)]", "nodeKeys: []", "16:17", "has 0 entries; 1 to 2 are allowed"),
        (ConfigurationText.key, "abc", "16:18", "nodeKeys[0]: 'abc' is not an Ed25519 public key in base64"),
        (
            ConfigurationText.key, "\(ConfigurationText.key), \(ConfigurationText.key)", "16:17",
            "has the same key twice"
        ),
        ("link: ring-1", "link: ring-2", "19:11", "there is no link ring-2. Did you mean ring-1?"),
        ("users: [0]", "users: [nobody-of-that-name]", "21:13", "this machine has no user 'nobody-of-that-name'"),
        ("users: [0]", "users: 0", "21:12", "consumers[0].users: '0' stands where a list is expected"),
        ("publicKey: /etc/x/engine.key", "metadataOnly: false", "18:5", "the file of the consumer's X-Wing public key"),
        ("publicKey: ", "metadataOnly: true\n    publicKey: ", "21:16", "a consumer of metadata gets no key"),
        (
            "records:\n  store: /var/lib/cvqkd", "records: [a]", "8:10",
            "a list stands where keys with values are expected"
        ),
        ("consumers:", "spool: {policy: durable}\nconsumers:", "17:17", "durable needs rootSecret"),
        ("consumers:", "spool: {bytes: 1 kB}\nconsumers:", "17:16", "'1 kB' is not a size such as 512 MiB"),
        ("node: hospital", "node: [", "3:8", "this is not YAML"),
        ("node: hospital", "node: &a b", "1:7", "anchors (&) and aliases (*) are not read"),
        ("node: hospital", "--- a\n--- b", "2:1", "found another document"),
    ]

    @Test(arguments: wrong)
    func `what is wrong is named with its place and what is allowed`(
        old: String, new: String, place: String, sentence: String
    ) {
        let text = ConfigurationText.small.replacingOccurrences(of: old, with: new)
        #expect(text != ConfigurationText.small)
        let error = #expect(throws: ConfigurationRefusal.self) {
            try AgentConfiguration.read(Array(text.utf8), file: "alice.yaml")
        }
        let found = error?.description ?? ""
        let isFound = found.split(separator: "\n").contains {
            $0.hasPrefix("alice.yaml:\(place): ") && $0.contains(sentence)
        }
        #expect(isFound, "\(found)")
    }

    @Test func `all faults of a file are named at once, in its order`() {
        let text = ConfigurationText.small.replacingOccurrences(of: "end: alice", with: "end: carol")
            .replacingOccurrences(of: "node: hospital", with: "nod: hospital")
        let error = #expect(throws: ConfigurationRefusal.self) {
            try AgentConfiguration.read(Array(text.utf8), file: "a")
        }
        guard case .faults(let faults) = error else { return }
        #expect(faults.map(\.line) == [1, 1, 12])
    }

    @Test(arguments: [
        "", "\0", "- a", "\"", "? [a, b]\n: c", String(repeating: "[", count: 100_000),
        String(repeating: "a:\n ", count: 2_000), "<<: {node: a}", "a: !!binary xxx", "\u{feff}node: a", "a: |\n  &x",
    ])
    func `what is no configuration is refused without harm`(text: String) {
        #expect(throws: ConfigurationRefusal.self) { try AgentConfiguration.read(Array(text.utf8), file: "a") }
    }

    @Test func `bytes that are no text, a pipe and a file that is too long are refused`() throws {
        #expect(throws: ConfigurationRefusal.self) { try AgentConfiguration.read([0xff, 0xfe, 0x41], file: "a") }
        #expect(throws: ConfigurationRefusal.self) { try AgentConfiguration.read("/dev/zero") }
        let folder = try TestFolder()
        let long = "\(folder.path)/long"
        try Data(repeating: 0x20, count: 300 << 10).write(to: URL(fileURLWithPath: long))
        #expect(throws: ConfigurationRefusal.self) { try AgentConfiguration.read(long) }
    }

    @Test func `a consumer's key is read in three forms, and nothing else is`() throws {
        let folder = try TestFolder()
        let (file, key) = ("\(folder.path)/key", (0..<1_216).map { UInt8(truncatingIfNeeded: $0) })
        let hexadecimal = key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        for data in [
            Data(key), Data(hexadecimal.utf8) + Data("\n".utf8),
            Data(key).base64EncodedData(options: .lineLength64Characters),
        ] {
            try data.write(to: URL(fileURLWithPath: file))
            #expect(try ConsumerKeyFile.read(file) == key)
        }
        for data in [Data(), Data(key.dropLast()), Data(hexadecimal.utf8.dropLast(2))] {
            try data.write(to: URL(fileURLWithPath: file))
            #expect(throws: ConsumerKeyFile.Refusal.notAKey(file: file, bytes: data.count)) {
                try ConsumerKeyFile.read(file)
            }
        }
    }

    @Test func `a path of a fault cannot steer a terminal`() {
        let text = ConfigurationText.small + "\n\"\\u001b[2J\": 1\n"
        let error = #expect(throws: ConfigurationRefusal.self) {
            try AgentConfiguration.read(Array(text.utf8), file: "a")
        }
        #expect(error?.description.contains("\u{1b}") == false)
    }
}

enum ConfigurationText {
    static let key = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="

    /// A file with no more than what is needed.
    static let small = """
        node: hospital
        state: /var/lib/x
        runtime: /run/x
        signingKey: /etc/x/node.key
        units:
          - name: a
            selector: usb:A-0001
        records:
          store: /var/lib/cvqkd
        links:
          - id: ring-1
            end: alice
            unit: a
            peer:
              connect: unix:/run/x/peer.sock
              nodeKeys: [\(key)]
        consumers:
          - name: engine
            link: ring-1
            publicKey: /etc/x/engine.key
            users: [0]

        """

    static let tls = "{certificate: /etc/x/c, key: /etc/x/k, pins: ['\(String(repeating: "ab:", count: 31))ab']}"

    /// All that may be said of a link, in the small file's place of its unit.
    static let linkDetails = """
            unit: a
            test: true
            purpose: key
            symbolRate: 10 MHz
            vacuumFraction: 0.3
            trainingFraction: 0.1
            modulationVariance: 5
            evidence: {boundSigmas: 6.5, shareOfNullKey: 0.5, cellsPerWindow: 20, deadline: 5000 ms}
            attempts: {selfResumptions: 2, firstDelay: 2 min, latch: false}
            expected: {loss: 9 dB, detection: homodyne, efficiency: 0.6, electronicNoise: 0.1}

        """
}
