internal import CLibCrypto
internal import Crypto
internal import DeliveryProtocol
internal import Foundation
internal import Glibc
public import RawKeyMessages
internal import SwiftProtobuf

/// A block as it came: nobody can read its contents before its release.
public struct SealedBlock: Sendable {
    /// The header, as it was authenticated.
    public let headerBytes: [UInt8]
    /// The same, read.
    public let header: Cvqkd_Rawkey_V1_BlockHeader
    /// 16 bytes.
    public let tag: [UInt8]
    /// The contents, encrypted; empty if the agent does not have them any more.
    public let ciphertext: [UInt8]
    /// Whether the contents came.
    public let isComplete: Bool
    /// SHA-256 over header and tag.
    public let digest: [UInt8]
    /// Number of its session.
    public var session: UInt64 { header.identity.session }
    /// Its place in the session's grid.
    public var cell: UInt64 { header.identity.cell }

    /// A block whose header is of the session and cell that its message says.
    init(_ block: Cvqkd_Rawkey_V1_Block, ciphertext: [UInt8]?) throws(RawKeyClientError) {
        guard let header = try? Cvqkd_Rawkey_V1_BlockHeader(serializedBytes: block.header) else {
            throw .badMessage("the header of block \(block.cell) cannot be read")
        }
        guard header.version == 1 else {
            throw .badMessage("the header of block \(block.cell) is of version \(header.version)")
        }
        guard header.identity.session == block.session, header.identity.cell == block.cell, block.tag.count == 16,
            header.contentBytes == block.bytes
        else { throw .badMessage("block \(block.cell) of session \(block.session) and its header differ") }
        headerBytes = Array(block.header)
        self.header = header
        tag = Array(block.tag)
        self.ciphertext = ciphertext ?? []
        isComplete = ciphertext != nil
        digest = Array(SHA256.hash(data: headerBytes + tag))
    }

    /// Decrypts the contents into memory of the caller's, who keeps it locked and overwrites it: samples of symbols, raw key.
    ///
    /// The block's key is for a moment in memory that swift-crypto allocates, and is overwritten there.
    ///
    /// Throws `.notForThis` if the release does not belong to this block, consumer and key; `.notAuthentic` if the contents
    /// are not what was sealed: the memory is overwritten then.
    public func open(
        _ release: BlockRelease, consumer: String, key: ConsumerSecretKey, into contents: UnsafeMutableRawBufferPointer
    ) throws(RawKeyClientError) {
        guard contents.count == ciphertext.count, isComplete else {
            throw .wrongSize(wanted: ciphertext.count, given: contents.count)
        }
        guard release.session == session, release.cell == cell, release.keyID == key.keyID,
            var blockKey = unwrap(release, consumer, key)
        else { throw .notForThis(session: session, cell: cell) }
        defer { blockKey.overwrite() }
        let isAuthentic = blockKey.withUnsafeBytes { Self.decrypt(ciphertext, headerBytes, tag, $0, contents) }
        guard isAuthentic else {
            if let start = contents.baseAddress { explicit_bzero(start, contents.count) }
            throw .notAuthentic(session: session, cell: cell)
        }
    }

    private func unwrap(_ release: BlockRelease, _ consumer: String, _ key: ConsumerSecretKey) -> Data? {
        let info = ReleaseInfo(
            consumer: consumer, keyID: release.keyID, binding: Array(header.identity.binding), session: session,
            cell: cell, blockDigest: digest, windowDigest: release.windowDigest)
        guard
            var recipient = try? HPKE.Recipient(
                privateKey: key.key, ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256, info: Data(info.bytes),
                encapsulatedKey: Data(release.encapsulation)),
            let blockKey = try? recipient.open(release.wrappedKey), blockKey.count == 32
        else { return nil }
        return blockKey
    }

    /// AES-256-GCM by libcrypto: swift-crypto would put the plaintext into memory of its own.
    private static func decrypt(
        _ ciphertext: [UInt8], _ header: [UInt8], _ tag: [UInt8], _ key: UnsafeRawBufferPointer,
        _ contents: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard let context = EVP_CIPHER_CTX_new() else { return false }
        defer { EVP_CIPHER_CTX_free(context) }
        var (tag, written) = (tag, Int32(0))
        let nonce = [UInt8](repeating: 0, count: 12)
        // SAFETY: libcrypto reads 32 bytes of key, 12 of nonce, 16 of tag, and writes as many bytes of contents as it reads of
        // ciphertext, which the caller has compared. It keeps no pointer.
        return EVP_DecryptInit_ex(
            context, EVP_aes_256_gcm(), nil, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce) == 1
            && EVP_DecryptUpdate(context, nil, &written, header, Int32(header.count)) == 1
            && EVP_DecryptUpdate(
                context, contents.baseAddress?.assumingMemoryBound(to: UInt8.self), &written, ciphertext,
                Int32(ciphertext.count)) == 1
            && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, &tag) == 1
            && EVP_DecryptFinal_ex(context, nil, &written) == 1
    }
}

/// The key of one block, encrypted to its consumer.
public struct BlockRelease: Sendable, Hashable {
    /// Number of the session.
    public let session: UInt64
    /// Place in the session's grid.
    public let cell: UInt64
    /// What the secret key makes the shared secret of.
    public let encapsulation: [UInt8]
    /// The key and its authentication.
    public let wrappedKey: [UInt8]
    /// Of the key that it is encrypted to.
    public let keyID: String
    /// Digest of the window that was released.
    public let windowDigest: [UInt8]

    init(_ release: Cvqkd_Rawkey_V1_Release) {
        session = release.session
        cell = release.cell
        encapsulation = Array(release.encapsulation)
        wrappedKey = Array(release.wrappedKey)
        keyID = release.keyID
        windowDigest = Array(release.windowDigest)
    }
}
