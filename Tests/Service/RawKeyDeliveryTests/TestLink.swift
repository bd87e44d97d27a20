import Crypto
import Foundation
import RawKeyDelivery
import RawKeyMessages
import SwiftProtobuf
import UnitTransport

@testable import RawKey

/// One end of a link whose blocks a test makes: sealed as an agent seals them.
final class TestLink: Sendable {
    struct NoRoom: Error {}

    let spool = BlockSpool()
    let delivered: DeliveredLink
    let nodeKey = Curve25519.Signing.PrivateKey()
    let peerKey = Curve25519.Signing.PrivateKey()
    let binding = [UInt8](repeating: 7, count: 32)
    private let blocks: SecretPool
    private let keys: SecretPool
    private let last = Guarded<[UInt64: [UInt8]]>([:])

    init(name: String = "north", blocks: Int = 16, bytes: Int = 1 << 16) throws {
        self.blocks = try SecretPool(buffers: blocks, bytes: bytes)
        keys = try BlockKey.pool(blocks)
        delivered = DeliveredLink(
            name: name, end: .bob, isTest: true, nodeKey: Array(nodeKey.publicKey.rawRepresentation),
            peerKey: Array(peerKey.publicKey.rawRepresentation), spool: spool)
    }

    /// Samples that a test knows: those of the cell.
    static func contents(_ cell: UInt64, bytes: Int) -> [UInt8] {
        let piece = (0..<251).map { UInt8(truncatingIfNeeded: UInt64($0) &* 31 &+ cell &* 101) }
        var contents: [UInt8] = []
        contents.reserveCapacity(bytes + piece.count)
        while contents.count < bytes { contents += piece }
        return Array(contents.prefix(bytes))
    }

    func header(_ session: UInt64, _ cell: UInt64, bytes: Int, previous: [UInt8]) -> Cvqkd_Rawkey_V1_BlockHeader {
        .with { header in
            header.version = 1
            header.identity = .with {
                $0.link = delivered.name
                $0.end = .bob
                $0.isEmulated = true
                $0.session = session
                $0.binding = Data(binding)
                $0.cell = cell
                $0.symbolsPerCell = UInt64(bytes / 2)
                $0.purpose = "key"
            }
            header.layout = .with {
                $0.format = .x16
                $0.basisBitSet = .x
            }
            header.kinds = [
                .with {
                    $0.kind = .signal; $0.symbols = UInt32(bytes / 2)
                }
            ]
            header.contentBytes = UInt64(bytes)
            header.previous = Data(previous)
        }
    }

    /// Seals a block and puts it into the spool.
    @discardableResult
    func add(session: UInt64 = 1 << 60, cell: UInt64, bytes: Int = 4096, previous: [UInt8]? = nil) throws -> StoredBlock
    {
        guard var buffer = blocks.take(), let key = try BlockKey.random(in: keys) else { throw NoRoom() }
        buffer.append(Self.contents(cell, bytes: bytes).span.bytes)
        let before = previous ?? last.withLock { $0[session] ?? [] }
        let header: [UInt8] = try Array(header(session, cell, bytes: bytes, previous: before).serializedData())
        let tag = try BlockCipher().seal(&buffer, header: header.span.bytes, key: key)
        let block = StoredBlock(
            session: session, cell: cell, header: header, tag: tag, ciphertext: buffer, key: key)
        last.withLock { $0[session] = block.digest }
        spool.append(.block(block))
        return block
    }

    private func statement(
        _ end: Cvqkd_Rawkey_V1_End, _ key: Curve25519.Signing.PrivateKey, _ ordinal: UInt64, _ blocks: [StoredBlock],
        passes: Bool
    ) throws -> Cvqkd_Rawkey_V1_SignedStatement {
        let statement = Cvqkd_Rawkey_V1_WindowStatement.with { statement in
            statement.rule = 1
            statement.link = delivered.name
            statement.binding = Data(binding)
            statement.end = end
            statement.ordinal = ordinal
            statement.firstCell = blocks.first?.cell ?? 0
            statement.cells = UInt64(blocks.count)
            statement.held = blocks.map { block in
                .with {
                    $0.cell = block.cell
                    $0.digest = Data(block.digest)
                }
            }
            statement.passes = passes
        }
        let bytes = try statement.serializedData()
        return try .with {
            $0.statement = bytes
            $0.signature = try key.signature(for: Data("cvqkd.rawkey.v1 window\n".utf8) + bytes)
            $0.publicKey = key.publicKey.rawRepresentation
        }
    }

    /// Ends a window of these blocks. Returns its digest.
    @discardableResult
    func end(
        window ordinal: UInt64 = 0, _ blocks: [StoredBlock], released: Bool, digest wrong: [UInt8]? = nil,
        signer: Curve25519.Signing.PrivateKey? = nil
    ) throws -> [UInt8] {
        let receiver = try statement(.bob, nodeKey, ordinal, blocks, passes: released)
        let transmitter = try statement(.alice, signer ?? peerKey, ordinal, blocks, passes: released)
        let digest = wrong ?? Array(SHA256.hash(data: receiver.statement + transmitter.statement))
        let record = Cvqkd_Rawkey_V1_WindowRecord.with {
            $0.receiver = receiver
            $0.transmitter = transmitter
            $0.outcome = released ? .released : .revoked
            $0.reason = released ? .unspecified : .ownEvidence
            $0.digest = Data(released ? digest : [])
        }
        if !released { spool.destroy(blocks.map { BlockSpool.BlockName($0) }) }
        let session = blocks.first?.session ?? 0
        spool.append(.window(session: session, ordinal: ordinal, record, cells: blocks.map(\.cell)))
        if released {
            for block in blocks { spool.append(.release(block, windowDigest: digest, binding: binding)) }
        }
        return digest
    }
}
