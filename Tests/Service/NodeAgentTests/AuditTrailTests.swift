import AuditTrail
import CalibrationRecords
import Foundation
import Testing

/// The log of who did what.
struct AuditTrailTests {
    private let folder: TestFolder
    private let key: TestNodeKey
    private var path: String { "\(folder.path)/audit.log" }

    init() throws {
        folder = try TestFolder()
        key = try TestNodeKey(in: folder.path)
    }

    private func open() throws -> AuditTrail { try AuditTrail(path, node: "hospital", key: try key.signing()) }
    private func verified() throws -> AuditVerification { try AuditVerification(file: path, key: key.publicKey) }
    private func bytes() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    @Test func `entries are chained, signed, and go on after a restart`() throws {
        for round in 0..<3 {
            let trail = try open()
            #expect(trail.repairs.isEmpty)
            try trail.append(
                "release", outcome: "asked", by: .init(uid: 1_000, pid: 42), link: "ring-1", reason: "round \(round)")
            try trail.append("release", outcome: "done", by: .init(uid: 1_000, pid: 42), link: "ring-1")
        }
        let found = try verified()
        #expect(found.damage == nil && found.entries.map(\.sequence) == [1, 2, 3, 4, 5, 6])
        #expect(found.entries[0].previous == AuditVerification.beginning)
        #expect(found.entries[2].reason == "round 1" && found.entries[2].by?.uid == 1_000)
        #expect(found.contains(found.digest))
    }

    @Test func `a torn tail is cut and said, and nothing else is lost`() throws {
        try open().append("release", outcome: "done")
        let whole = try bytes()
        // As a writer leaves it that is killed within the write, or a disk that had no more time.
        for tail in ["{\"detail\"", String(decoding: whole.dropLast(), as: UTF8.self), "\0\0\0"] {
            try (whole + Data(tail.utf8)).write(to: URL(fileURLWithPath: path))
            #expect(try verified().damage == .tornTail(bytes: tail.utf8.count))
            let trail = try open()
            #expect(trail.repairs.count == 1 && trail.repairs[0].contains("a line without an end"))
            let found = try verified()
            #expect(found.damage == nil && found.entries.map(\.verb) == ["release", "repair"])
            try whole.write(to: URL(fileURLWithPath: path))
        }
    }

    @Test(arguments: ["taken out", "exchanged", "changed", "forged"])
    func `a broken chain is named, set aside, and a new log goes on`(how: String) throws {
        let trail = try open()
        for reason in ["a", "b", "c"] { try trail.append("erase", outcome: "done", link: "ring-1", reason: reason) }
        var lines = String(decoding: try bytes(), as: UTF8.self).split(separator: "\n").map(String.init)
        let expected: AuditDamage
        switch how {
        case "taken out":
            lines.remove(at: 1)
            expected = .brokenChain(line: 2)
        case "exchanged":
            lines.swapAt(1, 2)
            expected = .brokenChain(line: 2)
        case "changed":
            lines[1] = lines[1].replacingOccurrences(of: "\"b\"", with: "\"x\"")
            expected = .notSigned(line: 2)
        default:
            let stranger = try TestNodeKey(in: try TestFolder().path, kept: true)
            let other = try TestFolder()
            try AuditTrail("\(other.path)/log", node: "x", key: try stranger.signing()).append("erase", outcome: "done")
            lines[1] = String(
                decoding: try Data(contentsOf: URL(fileURLWithPath: "\(other.path)/log")).dropLast(), as: UTF8.self)
            expected = .notSigned(line: 2)
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        #expect(try verified().damage == expected)
        let next = try open()
        #expect(next.repairs.count == 1 && next.repairs[0].contains("audit.log.broken-1"))
        #expect(FileManager.default.fileExists(atPath: "\(path).broken-1"))
        let found = try verified()
        #expect(found.damage == nil && found.entries.map(\.verb) == ["repair"])
        #expect(found.entries[0].previous != AuditVerification.beginning)
    }

    @Test func `an entry cannot be signed for another purpose`() throws {
        try open().append("release", outcome: "done")
        let line = String(decoding: try bytes().dropLast(), as: UTF8.self)
        let space = try #require(line.lastIndex(of: " "))
        let signature = try #require(Data(base64Encoded: String(line[line.index(after: space)...])))
        #expect(!key.publicKey.verifies(signature, of: Data(line[..<space].utf8)))
    }

    @Test func `a link, a folder and a pipe in its place are refused`() throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/tmp/x")
        #expect(throws: AuditFault.self) { try open() }
        try FileManager.default.removeItem(atPath: path)
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: AuditFault.self) { try open() }
    }
}

/// A node's signing key in a file.
struct TestNodeKey {
    let file: String
    let publicKey: PublicKey

    init(in folder: String, kept: Bool = false) throws {
        if kept { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        // 32 random bytes behind the header of RFC 8410.
        let secret = (0..<32).map { _ in UInt8.random(in: 0...255) }
        let header: [UInt8] = [
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ]
        let pem =
            "-----BEGIN PRIVATE KEY-----\n\(Data(header + secret).base64EncodedString())\n-----END PRIVATE KEY-----\n"
        file = "\(folder)/node.key"
        _ = FileManager.default.createFile(
            atPath: file, contents: Data(pem.utf8), attributes: [.posixPermissions: 0o600])
        publicKey = try SigningKey(file: file).publicKey()
    }

    func signing() throws -> SigningKey { try SigningKey(file: file) }
}
