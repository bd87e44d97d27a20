/// What can go wrong on the wire, below frames.
enum WireFault {
    /// The endpoint halts until the host clears it.
    case stall
    /// A transfer fails; its bytes are lost.
    case protocolError
    /// A transfer ends in the middle of a frame; the rest of its bytes is lost.
    case shortTransfer
    /// A transfer fails because more came than fits; its bytes are lost.
    case babble
    /// No endpoint moves until the host configures the device again.
    case wedge
    /// Bytes of a serial line are damaged.
    case noise
    /// No further fault; what has halted stays halted.
    case nothing
}

/// What goes wrong with the transfers of one bulk IN endpoint.
struct TransferFaults {
    private(set) var isHalted = false
    private var protocolErrors = 0
    private var shortTransfers = 0
    private var babbles = 0

    mutating func add(_ fault: WireFault, count: Int) {
        switch fault {
        case .stall: isHalted = true
        case .protocolError: protocolErrors = count
        case .shortTransfer: shortTransfers = count
        case .babble: babbles = count
        case .wedge, .noise: break
        case .nothing: (protocolErrors, shortTransfers, babbles) = (0, 0, 0)
        }
    }

    mutating func clearHalt() { isHalted = false }

    /// How a transfer that carries `count` bytes ends; `short` is where one that is cut ends.
    mutating func end(carrying count: Int, short: Int) -> BulkInResult {
        if protocolErrors > 0 {
            protocolErrors -= 1
            return .protocolError
        }
        if babbles > 0 {
            babbles -= 1
            return .overflow
        }
        if shortTransfers > 0 {
            shortTransfers -= 1
            return .data(short)
        }
        return .data(count)
    }
}

/// Noise on a serial line: what becomes of the encodings of stream frames.
struct LineNoise {
    private enum Damage: Int, CaseIterable {
        /// Garbage with a delimiter of its own: no frame is harmed.
        case garbageBefore
        /// A delimiter in the middle: two pieces, none of them the frame.
        case delimiterInside
        /// The second half and the delimiter are missing: what follows is taken for the rest of this frame.
        case halfMissing
        /// Garbage without a delimiter: it is taken for the beginning of the frame.
        case garbageJoined
    }

    private var frames = 0
    private var cuts = 0
    private var next = 0

    mutating func add(_ fault: WireFault, count: Int) {
        switch fault {
        case .noise: frames = count
        // A line without transfers loses the second half of a frame, delimiter included.
        case .shortTransfer: cuts = count
        case .nothing: (frames, cuts) = (0, 0)
        default: break
        }
    }

    /// Appends a frame's encoding and delimiter, damaged if it is its turn.
    mutating func append(_ frame: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        let start = output.count
        SerialEncoder.append(frame, to: &output)
        let middle = start + (output.count - start) / 2
        if cuts > 0 {
            cuts -= 1
            output.removeLast(output.count - middle)
        } else if frames > 0 {
            frames -= 1
            damage(Damage(rawValue: next % Damage.allCases.count) ?? .garbageBefore, start, middle, &output)
            next += 1
        }
    }

    private func damage(_ damage: Damage, _ start: Int, _ middle: Int, _ output: inout [UInt8]) {
        let garbage = (0..<97).map { UInt8(truncatingIfNeeded: 1 + $0 * 89 % 255) }
        switch damage {
        case .garbageBefore: output.insert(contentsOf: garbage + [0], at: start)
        case .delimiterInside: output.insert(0, at: middle)
        case .halfMissing: output.removeLast(output.count - middle)
        case .garbageJoined: output.insert(contentsOf: garbage, at: start)
        }
    }
}
