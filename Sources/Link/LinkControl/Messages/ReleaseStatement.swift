/// One step of the release of a window of raw key between two ends. `LinkControl` carries it; `RawKey` makes and reads it.
public struct ReleaseStatement: Sendable, Equatable, Codable {
    /// Which step.
    public enum Step: String, Sendable, Codable, CaseIterable {
        /// A signed statement of evidence.
        case statement
        /// Bob's signed word that he has released the window.
        case released
        /// An end's word that it has revoked the window.
        case revoked
        /// What became of earlier windows at this end, told when the ends meet.
        case outcomes
    }

    /// Which step.
    public var step: Step
    /// The bytes that are signed.
    public var bytes: [UInt8] { wire.bytes }
    /// Ed25519 signature of the node; empty where the step needs none.
    public var signature: [UInt8] { mark.bytes }

    /// The most bytes that a step may have: a statement names every block of its window.
    public static let longest = 1 << 20

    /// A step.
    public init(step: Step, bytes: some Sequence<UInt8>, signature: some Sequence<UInt8> = []) {
        self.step = step
        wire = WireBytes(bytes)
        mark = WireBytes(signature)
    }

    private let wire: WireBytes
    private let mark: WireBytes

    private enum CodingKeys: String, CodingKey {
        case step
        case wire = "bytes"
        case mark = "signature"
    }
}
