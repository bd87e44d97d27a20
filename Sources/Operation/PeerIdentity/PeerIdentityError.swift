public import CalibrationRecords
public import DurableFiles
public import ForeignFiles

/// Why a certificate, a key or a pin of the peer channel cannot be used.
public enum PeerIdentityError: Error, Sendable, CustomStringConvertible {
    /// Something is there already; nothing is overwritten.
    case exists(file: String)
    /// There is no certificate yet: make one.
    case noIdentity(folder: String)
    /// There is no second pair to change over to: make one.
    case noNext(folder: String)
    /// The file cannot be read, or is none.
    case file(ForeignFileRefusal)
    /// The file cannot be written.
    case notWritten(FileFault)
    /// Others than its owner may read the secret key. Set its mode to 0600, and make a new pair if others may have read it.
    case keyExposed(file: String, mode: UInt32)
    /// The secret key belongs to another user.
    case keyOfAnotherUser(file: String, owner: UInt32)
    /// It is no certificate that can be read.
    case notACertificate(reason: String)
    /// It is no private key that can be read.
    case notAKey
    /// Certificate and private key are not a pair.
    case keyDiffers(certificate: String, key: String)
    /// It is no pin.
    case notAPin(String)
    /// It is no public key of a node.
    case notANodeKey(String)
    /// Two are pinned already: one has to be dropped first.
    case tooManyPins(what: String)
    /// It is not pinned.
    case notPinned(String)
    /// A side does not pin itself: the pin was taken from the wrong node.
    case ownPin(PeerPin)
    /// The pins of this file cannot be read.
    case unreadablePins(file: String, reason: String)
    /// The node's signing key.
    case signingKey(RecordError)
    /// A validity that no certificate should have.
    case badValidity(days: Int)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .exists(let file): "\(file) is there already, and is not overwritten"
        case .noIdentity(let folder): "there is no certificate of the peer channel in \(folder)"
        case .noNext(let folder): "there is no second certificate in \(folder) to change over to"
        case .file(let refusal): refusal.description
        case .notWritten(let fault): fault.description
        case .keyExposed(let file, let mode):
            "others may read the secret key \(file) (mode \(String(mode, radix: 8))): it must have mode 600"
        case .keyOfAnotherUser(let file, let owner): "the secret key \(file) belongs to user \(owner)"
        case .notACertificate(let reason): "this is not a certificate that can be used: \(reason)"
        case .notAKey: "this is not a private key in PEM"
        case .keyDiffers(let certificate, let key): "\(key) is not the private key of \(certificate)"
        case .notAPin(let text): "“\(text)” is not a pin: sha256: and 64 hexadecimal digits are needed"
        case .notANodeKey(let text): "“\(text)” is not the public key of a node: base64 of an Ed25519 key is needed"
        case .tooManyPins(let what): "two \(what) are pinned already, and there cannot be three: drop the old one first"
        case .notPinned(let text): "\(text) is not pinned"
        case .ownPin(let pin): "\(pin) is this side's own certificate: pin the one that the other side shows"
        case .unreadablePins(let file, let reason): "the pins in \(file) cannot be read: \(reason)"
        case .signingKey(let error): error.description
        case .badValidity(let days): "a certificate cannot hold for \(days) days: 1 to 3650 are possible"
        }
    }
}
