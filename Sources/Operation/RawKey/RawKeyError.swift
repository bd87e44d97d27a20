/// Why raw key cannot be kept or sealed.
public enum RawKeyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kernel gave no memory. Ask for fewer blocks.
    case outOfMemory(bytes: Int, code: Int32)
    /// Memory for raw key must never be swapped, and the kernel does not lock so much. Raise RLIMIT_MEMLOCK
    /// (`LimitMEMLOCK=` of the service).
    case memoryNotLocked(bytes: Int)
    /// A cell is a whole number of slots, and at most 2^20 symbols.
    case badGrid(symbolsPerCell: UInt64, symbolsPerSlot: UInt32)
    /// The known answers of the cipher do not come out: nothing may be sealed by this library on this machine.
    case selfTestFailed
    /// libcrypto refused: no random numbers, or no memory.
    case cipherFailed(step: String)
    /// A sealed block was changed, or header, tag and key are not of one block.
    case notAuthentic
    /// The journal of outcomes cannot be read or written: without it nothing is released.
    case journal(path: String, reason: String)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .outOfMemory(let bytes, let code):
            "there is no memory for raw key: \(bytes / 1_048_576) MiB were asked for (error \(code))"
        case .memoryNotLocked(let bytes):
            "\(bytes / 1_048_576) MiB for raw key cannot be locked into memory: raise the limit of locked memory (LimitMEMLOCK=)"
        case .badGrid(let cell, let slot):
            "a block of \(cell) symbols is not possible: it has to be a multiple of the slot, \(slot), and at most \(BlockGrid.mostSymbols)"
        case .selfTestFailed: "libcrypto's AES-256-GCM fails its known answers: nothing is sealed with it"
        case .cipherFailed(let step): "libcrypto failed: \(step)"
        case .journal(let path, let reason):
            "the journal \(path) cannot be used: \(reason). Nothing is released without it"
        case .notAuthentic: "the block is not what was sealed: header, contents or tag were changed"
        }
    }
}
