/// A number with a little-endian form of a fixed size.
protocol WireNumber: BitwiseCopyable, Sendable, Equatable {
    /// The integer that holds the number's bits.
    associatedtype Bits: FixedWidthInteger & BitwiseCopyable
    init(wireBits: Bits)
    var wireBits: Bits { get }
}

extension WireNumber where Self: FixedWidthInteger {
    init(wireBits: Self) { self = wireBits }
    var wireBits: Self { self }
}

extension UInt8: WireNumber {}
extension UInt16: WireNumber {}
extension UInt32: WireNumber {}
extension UInt64: WireNumber {}
extension Int8: WireNumber {}
extension Int16: WireNumber {}
extension Int32: WireNumber {}
extension Int64: WireNumber {}

extension Float: WireNumber {
    init(wireBits: UInt32) { self.init(bitPattern: wireBits) }
    var wireBits: UInt32 { bitPattern }
}

extension Double: WireNumber {
    init(wireBits: UInt64) { self.init(bitPattern: wireBits) }
    var wireBits: UInt64 { bitPattern }
}

extension RawSpan {
    /// Throws unless the block has the fields of the first version.
    @inline(__always)
    func require(_ minimum: Int, of message: String) throws(MessageFault) {
        guard byteCount >= minimum else {
            throw .blockTooShort(message: message, received: byteCount, minimum: minimum)
        }
    }

    /// The number at `offset`, which the caller has found to lie within the span; beyond it is a bug and traps.
    @inline(__always)
    func number<Number: WireNumber>(at offset: Int, as type: Number.Type = Number.self) -> Number {
        // SAFETY: every bit pattern is a valid integer, no alignment is asked for, and the call checks the bounds.
        Number(wireBits: Number.Bits(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Number.Bits.self)))
    }

    /// The number at `offset`, or `nil` if it is the null value; NaN is always null.
    @inline(__always)
    func number<Number: WireNumber>(at offset: Int, null: Number) -> Number? {
        let value = number(at: offset, as: Number.self)
        return value == null || value != value ? nil : value
    }

    /// The text at `offset`.
    @inline(__always)
    func text<let capacity: Int>(at offset: Int) -> FixedText<capacity> {
        FixedText(bytes: InlineArray { index in number(at: offset + index, as: UInt8.self) })
    }

    /// The numbers at `offset`.
    @inline(__always)
    func array<let length: Int, Number: WireNumber>(
        at offset: Int, of type: Number.Type = Number.self
    ) -> FixedArray<length, Number> {
        FixedArray(InlineArray { index in number(at: offset + index * MemoryLayout<Number.Bits>.size) })
    }
}

extension MutableRawSpan {
    /// Writes a number at `offset`; beyond the span is a bug and traps.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func put<Number: WireNumber>(_ number: Number, at offset: Int) {
        storeBytes(of: number.wireBits.littleEndian, toByteOffset: offset, as: Number.Bits.self)
    }

    /// Writes a text at `offset`.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func put<let capacity: Int>(_ text: FixedText<capacity>, at offset: Int) {
        for index in 0..<capacity { put(text.bytes[index], at: offset + index) }
    }

    /// Writes numbers at `offset`.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func put<let length: Int, Number: WireNumber>(_ array: FixedArray<length, Number>, at offset: Int) {
        for index in 0..<length { put(array[index], at: offset + index * MemoryLayout<Number.Bits>.size) }
    }

    /// Writes `count` zero bytes at `offset`.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func putZeros(_ count: Int, at offset: Int) {
        for index in 0..<count { put(0 as UInt8, at: offset + index) }
    }
}
