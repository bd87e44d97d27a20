import DeliveryProtocol
import Foundation
import PythonScripts
import RawKey
import RawKeyClient
import Repository
import Testing

@testable import RawKeyDelivery

/// Keys that were wrapped once and are opened for ever, by swift-crypto and by PyPI's cryptography.
struct KeyVectorTests {
    struct Vector: Codable, Sendable {
        var seed: String
        var consumer: String
        var keyID: String
        var binding: String
        /// A string, as every number of 64 bits in JSON.
        var session: String
        var cell: String
        var header: String
        var tag: String
        var ciphertext: String
        var windowDigest: String
        var info: String
        var encapsulation: String
        var wrappedKey: String
        var contents: String
    }

    static let file = Repository.root.appending(path: "Tests/Service/RawKeyDeliveryTests/hpke-vectors.json")

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    /// What the agent does with a block, written down.
    static func make(consumer: String, session: UInt64, cell: UInt64, bytes count: Int) throws -> Vector {
        let key = try ConsumerSecretKey.random()
        let link = try TestLink()
        let settings = try ConsumerSettings(name: consumer, link: "north", publicKey: key.publicKey)
        let block = try link.add(session: session, cell: cell, bytes: count)
        let windowDigest = [UInt8](repeating: UInt8(truncatingIfNeeded: count), count: 32)
        let wrapping = try #require(KeyWrapping(settings))
        let wrapped = try #require(try wrapping.key(of: block, windowDigest: windowDigest, binding: link.binding))
        let info = ReleaseInfo(
            consumer: consumer, keyID: settings.keyID, binding: link.binding, session: session, cell: cell,
            blockDigest: block.digest, windowDigest: windowDigest)
        return Vector(
            seed: key.withSeed { hex($0) }, consumer: consumer, keyID: settings.keyID, binding: hex(link.binding),
            session: String(session), cell: String(cell), header: hex(block.header), tag: hex(block.tag.bytes),
            ciphertext: hex(block.ciphertext(from: 0, count: count) ?? []), windowDigest: hex(windowDigest),
            info: hex(info.bytes), encapsulation: hex(wrapped.encapsulation), wrappedKey: hex(wrapped.wrappedKey),
            contents: hex(TestLink.contents(cell, bytes: count)))
    }

    static let python = """
        import json, pathlib, sys
        sys.path.insert(0, sys.argv[1])
        import cryptography
        from rawkey_consumer import AESGCM, SUITE, SecretKey, hashlib, release_info
        for v in json.loads(pathlib.Path(sys.argv[2]).read_text()):
            b = {name: bytes.fromhex(v[name]) for name in v if name not in ("consumer", "keyID", "session", "cell")}
            key = SecretKey(b["seed"])
            assert key.key_id == v["keyID"]
            info = release_info(v["consumer"], v["keyID"], b["binding"], int(v["session"]), int(v["cell"]),
                                hashlib.sha256(b["header"] + b["tag"]).digest(), b["windowDigest"])
            assert info == b["info"]
            block_key = SUITE.decrypt(b["encapsulation"] + b["wrappedKey"], key.private, info)
            assert AESGCM(block_key).decrypt(bytes(12), b["ciphertext"] + b["tag"], b["header"]) == b["contents"]
            try:
                SUITE.decrypt(b["encapsulation"] + b["wrappedKey"], key.private, info + b"x")
                raise SystemExit("another info opens it")
            except Exception as error:
                pass
        print(cryptography.__version__)
        """

    static func openWithPython(_ file: URL) async throws -> String {
        try await onThread {
            try Python.output(of: python, Repository.root.appending(path: "Examples/python-consumer").path, file.path)
        }
    }

    @Test func `the committed keys are opened by PyPI's cryptography`() async throws {
        #expect(try await Self.openWithPython(Self.file).hasPrefix("48."))
    }

    @Test func `keys of today are opened by PyPI's cryptography`() async throws {
        let vectors = try [
            Self.make(consumer: "engine", session: 1, cell: 0, bytes: 64),
            Self.make(consumer: "Schlüssel-Maschine", session: .max, cell: .max, bytes: 200),
            Self.make(consumer: "", session: 1 << 53 + 1, cell: 77, bytes: 2),
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let file = FileManager.default.temporaryDirectory.appending(path: "hpke-vectors-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try encoder.encode(vectors).write(to: file)
        _ = try await Self.openWithPython(file)
    }

    @Test func `what is bound is written as the document says`() throws {
        for vector in try JSONDecoder().decode([Vector].self, from: Data(contentsOf: Self.file)) {
            let key = try #require(ConsumerSecretKey(seed: Self.bytes(vector.seed)))
            #expect(key.keyID == vector.keyID)
            #expect(Self.bytes(vector.info).count == 8 * 4 + 23 + vector.consumer.utf8.count + 16 + 3 * 32 + 2 * 8)
        }
        let info = ReleaseInfo(
            consumer: "ab", keyID: "0123456789abcdef", binding: [9], session: 0x0102_0304_0506_0708, cell: 5,
            blockDigest: [], windowDigest: [1, 2])
        #expect(
            Self.hex(info.bytes)
                == "1700000063767" + "16b642e7261776b65792e76312072656c65617365" + "020000006162"
                + "1000000030313233343536373839616263646566" + "0100000009" + "080000000807060504030201"
                + "080000000500000000000000" + "00000000" + "020000000102")
    }
}
