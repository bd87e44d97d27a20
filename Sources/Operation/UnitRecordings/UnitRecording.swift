internal import Foundation
public import LinkOperation
public import SignalRecordings
public import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// Samples of one unit, recorded by its own captures, one behind the other: each begins a segment. The light is brought to
/// where the kind needs it, and put out again; a `capture` takes it as it is, and leaves it so.
public struct UnitRecording: Sendable {
    /// What happens.
    public enum Event: Sendable {
        /// The light comes up.
        case warmingUp
        /// So much of it is done, 0 to 1, and the rest takes about so long.
        case progress(Double, left: Duration)
    }

    /// What was recorded.
    public struct Outcome: Sendable {
        /// Files, without what follows the name.
        public var file: String
        /// Kind.
        public var kind: RecordingKind
        /// Which unit.
        public var identity: UnitIdentity
        /// Symbols in it.
        public var symbols: Int64
        /// As the file has it.
        public var metadata: RecordingMetadata
        /// The end was asked for before all was there.
        public var isInterrupted: Bool
    }

    private let kind: RecordingKind
    private let samples: UInt64
    private let output: String
    private let replacing: Bool
    private let recorder: String
    private let end: EndRequest
    private let tell: @Sendable (Event) -> Void

    /// A recording of so many samples of all quadratures together into `output`. `recorder` is the program that the file
    /// names. It ends early when `end` is requested, with what is there.
    public init(
        _ kind: RecordingKind, samples: UInt64, output: String, replacing: Bool, recorder: String,
        until end: EndRequest, _ tell: @escaping @Sendable (Event) -> Void
    ) {
        self.kind = kind
        self.samples = samples
        self.output = output
        self.replacing = replacing
        self.recorder = recorder
        self.end = end
        self.tell = tell
    }

    /// Records with a unit that is open. Throws `.ended` if the end was requested before there was a sample. Cancelling the
    /// task that performs it requests the end.
    public func perform(on unit: UnitControl.Unit) async throws(LiveRecordingFailure) -> Outcome {
        try await end.inOrder(by: unit.clock) { () async throws(LiveRecordingFailure) -> Outcome in
            if kind == .capture { return try await record(unit) }
            return try await unit.lightDownAfter { () async throws(LiveRecordingFailure) in try await record(unit) }
        }
    }

    /// The first capture, with the light as the kind needs it.
    private func begin(_ unit: UnitControl.Unit) async throws(LiveRecordingFailure) -> (
        Capabilities, CapturedSamples, size: UInt32
    ) {
        do throws(LiveRecordingFailure) {
            let capabilities = try await end.cancellable { () async throws(LiveRecordingFailure) in
                try await prepare(unit)
            }
            let size = UInt32(min(samples, UInt64(max(2, capabilities.maximumCaptureSamples))))
            return (capabilities, try await capture(unit, size), size)
        } catch {
            // What the end cancelled fails in many ways.
            throw end.isRequested ? .ended : error
        }
    }

    /// Records, and leaves the light as the kind wants it.
    func record(_ unit: UnitControl.Unit) async throws(LiveRecordingFailure) -> Outcome {
        let (capabilities, first, size) = try await begin(unit)
        var metadata = RecordingMetadata(
            layout: first.header.format == .xp16 ? .bothQuadratures : .oneQuadrature, kind: kind)
        metadata.describe(unit.identity, capabilities)
        metadata.describe(first.header, of: unit.identity.role)
        metadata.recorder = recorder
        metadata.began = Date()
        var writer = try file(metadata)
        var next: CapturedSamples? = first
        var left = samples
        let began = unit.clock.now
        while let taken = next {
            let whole = taken.samples.count / metadata.layout.valuesPerSymbol * metadata.layout.valuesPerSymbol
            do throws(RecordingError) { try writer.add(taken.samples.span.extracting(0..<whole)) } catch {
                throw .file(error)
            }
            writer.breakOff()
            left -= min(left, UInt64(max(whole, 1)))
            guard left >= 2, !end.isRequested else { break }
            let done = Double(samples - left) / Double(samples)
            let seconds = (unit.clock.now - began).inSeconds * (1 - done) / done
            tell(.progress(done, left: .seconds(min(seconds, Self.longestRest))))
            do throws(LiveRecordingFailure) {
                next = try await capture(unit, UInt32(min(left, UInt64(size))), like: first)
            } catch {
                // An end that was asked for is no failure: what is there is kept.
                guard end.isRequested else { throw error }
                next = nil
            }
        }
        let count = writer.symbols
        let written: RecordingMetadata
        do throws(RecordingError) { written = try writer.finish() } catch { throw .file(error) }
        return Outcome(
            file: RecordingFiles(output).base, kind: kind, identity: unit.identity, symbols: count,
            metadata: written, isInterrupted: end.isRequested)
    }

    /// A hundred years, s: what is told of the rest is a `Duration`, which has an end.
    private static let longestRest = 3e9

    private func file(_ metadata: RecordingMetadata) throws(LiveRecordingFailure) -> RecordingWriter {
        do throws(RecordingError) { return try RecordingWriter(output, metadata, replacing: replacing) } catch {
            throw .file(error)
        }
    }

    /// A capture; its samples lie as those of `first`, with which they share a file.
    private func capture(
        _ unit: UnitControl.Unit, _ count: UInt32, like first: CapturedSamples? = nil
    ) async throws(LiveRecordingFailure) -> CapturedSamples {
        do throws(UnitError) {
            let taken = try await end.cancellable { () async throws(UnitError) in
                try await unit.capture(samples: count)
            }
            if let first { try taken.requireFormat(of: first) }
            return taken
        } catch {
            throw .unit(error)
        }
    }

    /// The light to where the kind needs it.
    private func prepare(_ unit: UnitControl.Unit) async throws(LiveRecordingFailure) -> Capabilities {
        let capabilities: Capabilities
        do throws(UnitError) { capabilities = try await unit.capabilities() } catch { throw .unit(error) }
        guard kind != .capture else { return capabilities }
        try unit.requireReceiver()
        do throws(UnitError) { try await unit.lightDown() } catch { throw .unit(error) }
        guard kind == .vacuum else { return capabilities }
        guard unit.identity.capabilities.contains(.shutter) else { throw .noShutter(serial: unit.identity.serial) }
        tell(.warmingUp)
        do throws(UnitError) {
            try await unit.lightUp(.vacuum, within: capabilities.warmUpLimit)
            try await unit.waitForShutter(capabilities)
        } catch {
            throw .unit(error)
        }
        return capabilities
    }
}
