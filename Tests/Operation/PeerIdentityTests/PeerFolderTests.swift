import CalibrationRecords
import Foundation
import PeerIdentity
import Testing

/// What a node is known by, in its folder.
struct PeerFolderTests {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    static func withFolder(_ body: (PeerFolder) throws -> Void) throws {
        let path = "\(NSTemporaryDirectory())/cvqkd-identity-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(PeerFolder("\(path)/state/peer"))
    }

    private static func mode(_ file: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int)
    }

    @Test func `keys are made once, secret ones for their owner alone, and never overwritten`() throws {
        try Self.withFolder { folder in
            let made = try folder.make(validDays: 100, now: Self.now)
            #expect(made.nodeKeyIsNew)
            #expect(try Self.mode(folder.keyFile(.current)) == 0o600)
            #expect(try Self.mode(folder.nodeKeyFile) == 0o600)
            #expect(try Self.mode(folder.certificateFile(.current)) == 0o644)
            let read = try folder.credentials()
            #expect(read.certificate == made.credentials.certificate)
            #expect(read.certificate.daysLeft(at: Self.now) > 99.9)
            let node = try folder.nodeKey()
            #expect {
                try folder.make(now: Self.now)
            } throws: { error in
                if case PeerIdentityError.exists = error { true } else { false }
            }
            #expect(try folder.credentials().certificate == read.certificate)
            // A signing key that is there stays: it has signed already.
            for file in [folder.keyFile(.current), folder.certificateFile(.current)] { unlink(file) }
            #expect(try !folder.make(now: Self.now).nodeKeyIsNew)
            #expect(try folder.nodeKey() == node)
        }
    }

    @Test func `a certificate says nothing of its node, and its pin is what openssl prints`() throws {
        try Self.withFolder { folder in
            let pin = try folder.make(now: Self.now).credentials.certificate.pin
            let file = folder.certificateFile(.current)
            let digest = try Self.shell(
                "openssl x509 -in '\(file)' -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum")
            #expect("sha256:" + digest.prefix(64) == pin.description)
            let text = try Self.shell("openssl x509 -in '\(file)' -noout -subject -issuer -text")
            #expect(text.contains("cvqkd peer"))
            #expect(!text.contains(ProcessInfo.processInfo.hostName))
        }
    }

    private static func shell(_ line: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", line]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test func `a key that others may read is refused, and so is one of another certificate`() throws {
        try Self.withFolder { folder in
            try folder.make(now: Self.now)
            chmod(folder.keyFile(.current), 0o640)
            #expect {
                _ = try folder.credentials()
            } throws: { error in
                if case PeerIdentityError.keyExposed(_, mode: 0o640) = error { true } else { false }
            }
            chmod(folder.keyFile(.current), 0o600)
            try folder.makeNext(now: Self.now)
            rename(folder.keyFile(.next), folder.keyFile(.current))
            #expect {
                _ = try folder.credentials()
            } throws: { error in
                if case PeerIdentityError.keyDiffers = error { true } else { false }
            }
            // What a crash in the middle of a change-over leaves is completed by the next attempt.
            _ = try folder.changeOver()
            _ = try folder.credentials()
        }
    }

    @Test(arguments: ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func `what is no certificate is damaged, not believed`(text: String) throws {
        try Self.withFolder { folder in
            try folder.make(now: Self.now)
            try Data(text.utf8).write(to: URL(filePath: folder.certificateFile(.current)))
            #expect {
                _ = try folder.credentials()
            } throws: { error in
                if case PeerIdentityError.notACertificate = error { true } else { false }
            }
        }
    }

    @Test func `without a folder, and in one of everybody's, nothing is used`() throws {
        try Self.withFolder { folder in
            #expect {
                _ = try folder.credentials()
            } throws: { error in
                if case PeerIdentityError.noIdentity = error { true } else { false }
            }
            try folder.make(now: Self.now)
            #expect {
                _ = try folder.changeOver()
            } throws: { error in
                if case PeerIdentityError.noNext = error { true } else { false }
            }
            chmod(folder.path, 0o777)
            #expect(throws: PeerIdentityError.self) { try folder.credentials() }
        }
    }

    @Test func `a certificate is said to expire 30 days before it does`() throws {
        try Self.withFolder { folder in
            let certificate = try folder.make(validDays: 100, now: Self.now).credentials.certificate
            let day = 86_400.0
            for (days, standing) in [
                (-1.0, PeerCertificate.Standing.notYetValid), (0, .valid), (69, .valid), (71, .expiresSoon),
                (99, .expiresSoon), (101, .expired),
            ] {
                #expect(certificate.standing(at: Self.now + days * day) == standing, "\(days)")
            }
            for days in [0, -1, 3651] {
                #expect(throws: PeerIdentityError.self) { try folder.makeNext(validDays: days, now: Self.now) }
            }
        }
    }
}

struct PeerPinsTests {
    private static func pin(_ digit: Character) throws -> PeerPin {
        try #require(PeerPin(String(repeating: digit, count: 64)))
    }

    @Test func `two are pinned at most, and the file says the same again`() throws {
        try PeerFolderTests.withFolder { folder in
            try folder.make(now: PeerFolderTests.now)
            let file = folder.pinsFile(link: "A/B ../x")
            #expect(file.hasPrefix(folder.path + "/pins-_A_B"))
            var pins = try PeerPins.load(file: file)
            #expect(pins == PeerPins())
            try pins.add(Self.pin("1"))
            try pins.add(Self.pin("2"))
            let repeated = try pins.add(Self.pin("2"))
            #expect(!repeated)
            try pins.add(folder.nodeKey())
            let two = pins
            #expect(throws: PeerIdentityError.self) {
                var three = two
                try three.add(Self.pin("3"))
            }
            try pins.write(file: file)
            #expect(try PeerPins(file: file) == pins)
            #expect(try folder.pinsFiles() == [file])
            try pins.drop(Self.pin("1"))
            #expect(
                try pins.certificates == [Self.pin("2")] && pins.accepts(Self.pin("2")) && !pins.accepts(Self.pin("1")))
            #expect(throws: PeerIdentityError.self) {
                var none = two
                try none.drop(Self.pin("9"))
            }
            // Whoever may write to it decides who the other side is.
            chmod(file, 0o666)
            #expect(throws: PeerIdentityError.self) { try PeerPins(file: file) }
        }
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"kind":"cvqkd-peer-pins","version":2,"certificates":[],"nodeKeys":[]}"#,
        #"{"kind":"cvqkd-peer-pins","version":1,"certificates":["sha256:1"],"nodeKeys":[]}"#,
        #"{"kind":"cvqkd-peer-pins","version":1,"certificates":[],"nodeKeys":["AAAA"]}"#,
    ])
    func `a file that is not one of pins is refused`(text: String) throws {
        try PeerFolderTests.withFolder { folder in
            try folder.make(now: PeerFolderTests.now)
            let file = folder.pinsFile(link: "A-B")
            try Data(text.utf8).write(to: URL(filePath: file))
            #expect {
                _ = try PeerPins.load(file: file)
            } throws: { error in
                if case PeerIdentityError.unreadablePins = error { true } else { false }
            }
        }
    }

    @Test(arguments: [
        "", "sha256:", String(repeating: "1", count: 63), String(repeating: "g", count: 64),
        "md5:" + String(repeating: "1", count: 64),
    ])
    func `what is no pin is none`(text: String) { #expect(PeerPin(text) == nil) }

    @Test func `a pin is read with colons and in capitals`() throws {
        let pin = try Self.pin("a")
        #expect(PeerPin(Array(repeating: "AA", count: 32).joined(separator: ":")) == pin)
        #expect(PeerPin(pin.description) == pin)
    }
}
