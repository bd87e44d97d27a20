/// Why a stream finds no memory for its USB transfers: the arithmetic.
public struct USBMemoryShortage: Sendable, Equatable, CustomStringConvertible {
    /// The unit and its node.
    public var unit: String
    /// The smallest number of transfers that a stream works with.
    public var transfers: Int
    /// What the kernel counts for one of them, bytes.
    public var transferBytes: Int
    /// What this process's units use otherwise, bytes. Other processes may use some too; the kernel tells nobody.
    public var inUse: Int
    /// How many other streams of this process that is.
    public var streams: Int
    /// The kernel's limit for all devices and processes together, bytes.
    public var limit: Int
    /// Whether the kernel refused what would have fitted by our account: the rest is in use by other processes.
    public var isKernels: Bool
    /// The command that raises the limit.
    public var raise: String

    /// A shortage with the given values.
    public init(
        unit: String, transfers: Int, transferBytes: Int, inUse: Int, streams: Int, limit: Int, isKernels: Bool,
        raise: String
    ) {
        self.unit = unit
        self.transfers = transfers
        self.transferBytes = transferBytes
        self.inUse = inUse
        self.streams = streams
        self.limit = limit
        self.isKernels = isKernels
        self.raise = raise
    }

    /// The arithmetic as a sentence, and the command.
    public var description: String {
        let others = streams == 1 ? "1 other stream" : "\(streams) other streams"
        let use =
            "\(ByteText.mebibytes(inUse)) of \(ByteText.mebibytes(limit)) (usbfs_memory_mb) are in use by \(others) "
            + "and the control of units of this process"
        let what =
            isKernels
            ? "\(unit): the kernel has no memory left for USB transfers. At least \(use), the rest by other programs"
            : "\(unit) needs \(transfers) × \(ByteText.kibibytes(transferBytes)) = "
                + "\(ByteText.mebibytes(transfers * transferBytes)) for USB transfers; at least \(use)"
        return "\(what). Raise it: \(raise)"
    }
}

/// Amounts of memory for people.
public enum ByteText {
    /// As "257 KiB".
    public static func kibibytes(_ bytes: Int) -> String { "\((bytes + 1023) / 1024) KiB" }

    /// As "15.5 MiB", "16 MiB".
    public static func mebibytes(_ bytes: Int) -> String {
        let tenths = (bytes * 10 + 1 << 19) >> 20
        return tenths % 10 == 0 ? "\(tenths / 10) MiB" : "\(tenths / 10).\(tenths % 10) MiB"
    }
}
