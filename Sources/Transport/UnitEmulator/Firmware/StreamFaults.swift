internal import Glibc
internal import UnitProtocol

/// What goes wrong with stream frames between the FIFO and the host. Applied to the copy that a port takes, so that the
/// record does not see it.
struct StreamFaults {
    /// Every so many frames one wrong bit; 0 never.
    var corruptEvery = 0
    var dropNext = 0
    var reorderNext = false
    var staleNext = 0
    var oversizeNext = false
    private var counted = 0
    /// The frame that its successor overtakes.
    private var held: [UInt8] = []

    mutating func beginSession() {
        held = []
        wasOvertaken = false
        counted = 0
    }

    mutating func clear() {
        self = StreamFaults()
    }

    /// Changes a frame in place; returns its length on the wire, nil if it does not leave now.
    mutating func apply(to frame: UnsafeMutableRawBufferPointer, length: Int, isEnd: Bool) -> Int? {
        counted += 1
        if dropNext > 0 {
            dropNext -= 1
            return nil
        }
        // Nothing follows an end frame that could overtake it.
        if reorderNext && !isEnd {
            reorderNext = false
            held = Array(frame[..<length])
            return nil
        }
        wasOvertaken = !held.isEmpty
        if staleNext > 0 {
            staleNext -= 1
            reseal(frame, length: length) { $0.session ^= 0x5741_4C45_0000_0001 }
        }
        if oversizeNext {
            oversizeNext = false
            // Only the length is wrong, as after a fault in the unit's memory; the CRC cannot be right then.
            let length = UInt32(frame.count + 4)
            frame.storeBytes(of: length.littleEndian, toByteOffset: 4, as: UInt32.self)
        }
        if corruptEvery > 0, counted % corruptEvery == 0 {
            frame[length - 1] ^= 0x10
        }
        return length
    }

    /// The frame that was overtaken, after the one that overtook it.
    mutating func takeHeld(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        guard wasOvertaken else { return nil }
        wasOvertaken = false
        defer { held = [] }
        buffer.copyBytes(from: held)
        return held.count
    }

    private var wasOvertaken = false

    private func reseal(
        _ frame: UnsafeMutableRawBufferPointer, length: Int, _ change: (inout FrameHeader) -> Void
    ) {
        guard var header = try? Frame.peek(UnsafeRawBufferPointer(frame).bytes) else { return }
        change(&header)
        var bytes = frame.mutableBytes
        Frame.seal(header, into: &bytes)
    }
}
