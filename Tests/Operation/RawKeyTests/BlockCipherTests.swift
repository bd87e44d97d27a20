import Testing

@testable import RawKey

struct BlockCipherTests {
    private let blocks: SecretPool
    private let keys: SecretPool
    private let header = Array("a header, as stored and sent".utf8)

    init() throws {
        blocks = try SecretPool(buffers: 2, bytes: 4096)
        keys = try BlockKey.pool(4)
    }

    private func take(_ pool: SecretPool) throws -> SecretBuffer {
        guard let buffer = pool.take() else { throw RawKeyError.cipherFailed(step: "no buffer") }
        return buffer
    }

    private func block(_ contents: [UInt8]) throws -> SecretBuffer {
        var block = try take(blocks)
        block.append(contents.span.bytes)
        return block
    }

    private func key() throws -> BlockKey {
        guard let key = try BlockKey.random(in: keys) else { throw RawKeyError.cipherFailed(step: "no key") }
        return key
    }

    private func contents(_ block: borrowing SecretBuffer) -> [UInt8] { block.bytes.withUnsafeBytes { Array($0) } }

    @Test func `a sealed block opens with its header, tag and key, and only so`() throws {
        let cipher = try BlockCipher()
        let plain = (0..<4096).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let key = try key()
        var sealed = try block(plain)
        let tag = try cipher.seal(&sealed, header: header.span.bytes, key: key)
        let ciphertext = contents(sealed)
        #expect(ciphertext != plain)
        try cipher.open(&sealed, header: header.span.bytes, tag: tag, key: key)
        #expect(contents(sealed) == plain)

        func refuses(_ header: [UInt8], _ ciphertext: [UInt8], _ tag: [UInt8], _ key: borrowing BlockKey) throws -> Bool
        {
            var changed = try block(ciphertext)
            let tag = try #require(BlockTag(tag))
            do {
                try cipher.open(&changed, header: header.span.bytes, tag: tag, key: key)
                return false
            } catch {
                // Nothing of what came out is left.
                return error == .notAuthentic && contents(changed).allSatisfy { $0 == 0 }
            }
        }
        for bit in stride(from: 0, to: 8 * header.count, by: 13) {
            var changed = header
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(try refuses(changed, ciphertext, tag.bytes, key))
        }
        for bit in stride(from: 0, to: 8 * ciphertext.count, by: 1001) {
            var changed = ciphertext
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(try refuses(header, changed, tag.bytes, key))
        }
        for bit in 0..<128 {
            var changed = tag.bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(try refuses(header, ciphertext, changed, key))
        }
        let other = try self.key()
        #expect(try refuses(header, ciphertext, tag.bytes, other))
    }

    @Test func `keys differ, and a pool without room gives none`() throws {
        var seen: Set<[UInt8]> = []
        for _ in 0..<100 {
            let key = try key()
            seen.insert(key.bytes.withUnsafeBytes { Array($0) })
        }
        #expect(seen.count == 100)
        let one = try key()
        let two = try key()
        let three = try key()
        let four = try key()
        let isNone = try BlockKey.random(in: keys) == nil
        #expect(isNone)
        #expect(one.bytes.byteCount + two.bytes.byteCount + three.bytes.byteCount + four.bytes.byteCount == 128)
    }

    @Test func `a buffer that came back is overwritten`() throws {
        let pool = try SecretPool(buffers: 1, bytes: 64)
        do {
            var buffer = try take(pool)
            buffer.append([UInt8](repeating: 0xA5, count: 64).span.bytes)
        }
        var again = try take(pool)
        again.setCount(64)
        #expect(contents(again).allSatisfy { $0 == 0 })
    }

    @Test func `memory that cannot be had or locked is an error, not a trap`() throws {
        #expect(throws: RawKeyError.self) { _ = try SecretPool(buffers: 1 << 20, bytes: 1 << 30) }
    }
}
