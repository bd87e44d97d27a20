import Glibc
import UnitEmulator
import UnitProtocol
import UnitTransport

/// The file of a capturing consumer: records that tile the symbols without a hole, so that the file alone tells what it
/// lacks.
///
/// A record is 24 bytes (tag, kind, content, 0; count, 4 bytes; first symbol, 8; bytes of samples, 8; little-endian) and
/// its samples. Tag F is a frame, G a gap, E the end.
final class CaptureFile: Sendable {
    let path: String
    private let state: Guarded<State>

    private struct State {
        // SAFETY: used under the lock only, closed once.
        nonisolated(unsafe) var file: UnsafeMutablePointer<FILE>?
        var next: UInt64 = 0
    }

    init(path: String) throws {
        guard let file = fopen(path, "w") else { throw CellFault("\(path): \(String(cString: strerror(errno)))") }
        self.path = path
        state = Guarded(State(file: file))
    }

    deinit { unlink(path) }

    /// A frame, behind a gap record if symbols are missing before it.
    func append(_ frame: DeliveredFrame, _ samples: RawSpan) {
        state.withLock { state in
            Self.gap(upTo: frame.first, &state)
            Self.write(
                Record(
                    tag: UInt8(ascii: "F"), kind: frame.kind.rawValue, content: frame.content.rawValue,
                    count: frame.count, first: frame.first, bytes: UInt64(samples.byteCount)), state.file)
            samples.withUnsafeBytes { bytes in _ = fwrite(bytes.baseAddress, 1, bytes.count, state.file) }
            state.next = frame.first + UInt64(frame.count)
        }
    }

    /// Ends the file at the session's end as far as it is known.
    func finish(at end: UInt64) {
        state.withLock { state in
            guard let file = state.file else { return }
            Self.gap(upTo: end, &state)
            Self.write(Record(tag: UInt8(ascii: "E"), kind: 0, content: 0, count: 0, first: state.next, bytes: 0), file)
            fclose(file)
            state.file = nil
        }
    }

    private static func gap(upTo first: UInt64, _ state: inout State) {
        guard first > state.next else { return }
        write(
            Record(
                tag: UInt8(ascii: "G"), kind: 0, content: 0, count: UInt32(clamping: first - state.next),
                first: state.next, bytes: 0), state.file)
        state.next = first
    }

    private struct Record {
        static let length = 24
        var tag, kind, content: UInt8
        var count: UInt32
        var first, bytes: UInt64
    }

    private static func write(_ record: Record, _ file: UnsafeMutablePointer<FILE>?) {
        var bytes = [record.tag, record.kind, record.content, 0]
        withUnsafeBytes(of: record.count.littleEndian) { bytes += $0 }
        withUnsafeBytes(of: record.first.littleEndian) { bytes += $0 }
        withUnsafeBytes(of: record.bytes.littleEndian) { bytes += $0 }
        _ = fwrite(bytes, 1, bytes.count, file)
    }

    // MARK: Reading it again

    /// What a reader of the file learns.
    struct Content {
        var frames: [DeliveredFrame] = []
        var gapSymbols: UInt64 = 0
        var end: UInt64 = 0
    }

    /// Reads a finished file; throws if its records do not tile the symbols up to its end record.
    static func read(_ path: String) throws(CellFault) -> Content {
        guard let file = fopen(path, "r") else { throw CellFault("\(path) cannot be read") }
        defer { fclose(file) }
        var content = Content()
        var header = [UInt8](repeating: 0, count: Record.length)
        while fread(&header, 1, header.count, file) == header.count {
            let count = UInt32(truncatingIfNeeded: number(header[4..<8]))
            let (first, bytes) = (number(header[8..<16]), number(header[16..<24]))
            guard first == content.end else { throw CellFault("a record at \(first) follows \(content.end)") }
            switch header[0] {
            case UInt8(ascii: "F"):
                var samples = [UInt8](repeating: 0, count: Int(bytes))
                guard fread(&samples, 1, samples.count, file) == samples.count else { throw CellFault("a torn record") }
                content.frames.append(
                    DeliveredFrame(
                        kind: SymbolKind(rawValue: header[1]), content: StreamContent(rawValue: header[2]),
                        first: first, count: count, digest: SampleDigest.of(samples.span.bytes)))
            case UInt8(ascii: "G"): content.gapSymbols += UInt64(count)
            case UInt8(ascii: "E"):
                guard fgetc(file) == EOF else { throw CellFault("something follows the end record") }
                return content
            default: throw CellFault("a record of kind \(header[0])")
            }
            content.end += UInt64(count)
        }
        throw CellFault("the file has no end record")
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Why a cell fails, beyond what the driver itself reports.
struct CellFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
