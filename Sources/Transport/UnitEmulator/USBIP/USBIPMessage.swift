/// Headers of the kernel's side of USB/IP: 48 bytes, big-endian, the same size in all four kinds.
///
/// Source: Linux `Documentation/usb/usbip_protocol.rst`. Isochronous transfers are left out; no unit has them.
enum USBIPMessage {
    /// Octets of every header.
    static let headerSize = 48

    /// What the host's controller sends.
    enum Command: Equatable {
        /// A transfer to perform; `direction` in brings no data, out brings `length` octets after the header.
        case submit(Submit)
        /// Take back the transfer `target`; answer under `sequence`.
        case unlink(sequence: UInt32, target: UInt32)
    }

    /// One transfer as submitted.
    struct Submit: Equatable {
        var sequence: UInt32
        /// Endpoint address with the direction bit (0x80 for in); 0 is the control endpoint in both directions.
        var endpoint: UInt8
        var isIn: Bool
        /// Octets asked for or sent.
        var length: Int
        var setup: USBSetup
    }

    /// Reads a header, or returns nil for a command or an endpoint that the protocol does not have: the stream has
    /// lost its framing then and cannot be read any further.
    static func decode(_ header: RawSpan) -> Command? {
        // SAFETY: all loads are of plain integers; the span checks their bounds.
        func word(_ offset: Int) -> UInt32 {
            UInt32(bigEndian: header.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        guard header.byteCount == headerSize else { return nil }
        let sequence = word(4)
        switch word(0) {
        case 1:
            let isIn = word(12) == 1
            let number = word(16)
            let length = Int32(bitPattern: word(24))
            guard number < 16, length >= 0, length <= 1 << 26 else { return nil }
            let endpoint = UInt8(number) | (isIn && number != 0 ? 0x80 : 0)
            // The setup packet is the one little-endian part: it is USB's own, copied.
            let setup = USBSetup(
                requestType: header.unsafeLoadUnaligned(fromByteOffset: 40, as: UInt8.self),
                request: header.unsafeLoadUnaligned(fromByteOffset: 41, as: UInt8.self),
                value: UInt16(littleEndian: header.unsafeLoadUnaligned(fromByteOffset: 42, as: UInt16.self)),
                index: UInt16(littleEndian: header.unsafeLoadUnaligned(fromByteOffset: 44, as: UInt16.self)),
                length: UInt16(littleEndian: header.unsafeLoadUnaligned(fromByteOffset: 46, as: UInt16.self)))
            return .submit(
                Submit(sequence: sequence, endpoint: endpoint, isIn: isIn, length: Int(length), setup: setup))
        case 2:
            return .unlink(sequence: sequence, target: word(20))
        default:
            return nil
        }
    }

    /// Completion of a transfer: `status` is 0 or a negative errno of Linux, `actualLength` in octets.
    static func encodeCompletion(
        sequence: UInt32, status: Int32, actualLength: Int, into header: UnsafeMutableRawBufferPointer
    ) {
        encode(command: 3, sequence: sequence, status: status, into: header)
        header.storeBytes(of: UInt32(actualLength).bigEndian, toByteOffset: 24, as: UInt32.self)
    }

    /// Answer to an unlink: −ECONNRESET if the transfer was taken back, 0 if it had been completed before.
    static func encodeUnlinked(sequence: UInt32, status: Int32, into header: UnsafeMutableRawBufferPointer) {
        encode(command: 4, sequence: sequence, status: status, into: header)
    }

    /// The kernel looks only at command, sequence number, status and length of an answer; the rest is zero.
    private static func encode(
        command: UInt32, sequence: UInt32, status: Int32, into header: UnsafeMutableRawBufferPointer
    ) {
        precondition(header.count == headerSize)
        header.initializeMemory(as: UInt8.self, repeating: 0)
        header.storeBytes(of: command.bigEndian, toByteOffset: 0, as: UInt32.self)
        header.storeBytes(of: sequence.bigEndian, toByteOffset: 4, as: UInt32.self)
        header.storeBytes(of: UInt32(bitPattern: status).bigEndian, toByteOffset: 20, as: UInt32.self)
    }
}
