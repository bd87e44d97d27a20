public import Foundation

/// What is known of a recording beside its samples. Everything but the layout may be missing in files of other makers.
public struct RecordingMetadata: Sendable, Hashable {
    /// How samples lie.
    public var layout: SampleLayout
    /// What it holds.
    public var kind: RecordingKind?
    /// Symbols per second.
    public var symbolRate: Double?
    /// √SNU per LSB of Alice's words (`modulation` only).
    public var scale: Double?
    /// Serial number of the unit that the samples come from.
    public var unitSerial: String?
    /// Power of the local oscillator, W; 0 if it was off.
    public var localOscillatorPower: Double?
    /// Hz. SigMF's own `core:frequency` ends at 1e12 Hz.
    public var opticalFrequency: Double?
    /// Whether the unit was emulated; nil if the file does not say.
    public var emulated: Bool?
    /// Session number.
    public var session: UInt64?
    /// What the session was for.
    public var purpose: RecordablePurpose?
    /// `homodyne` or `heterodyne`.
    public var detection: String?
    /// η of the receiver as its unit states it, and one standard deviation.
    public var efficiency: Double?
    /// One standard deviation of η.
    public var efficiencySigma: Double?
    /// Samples at or below are clipped, LSB.
    public var clipLow: Int16?
    /// Samples at or above are clipped, LSB.
    public var clipHigh: Int16?
    /// Number of the receiver's signal processing. Recordings of different filters have different shot noise.
    public var filter: UInt32?
    /// The recording of Bob's basis choices that belongs to this one, by its name in the same folder.
    public var basisRecording: String?
    /// Alice's symbol i − delay is in Bob's symbol i, as found while recording.
    public var delay: Int?
    /// When it began.
    public var began: Date?
    /// Free text.
    public var description: String?
    /// Make and firmware.
    public var hardware: String?
    /// The program that wrote it.
    public var recorder: String?
    /// SHA-512 of the data, hexadecimal.
    public var sha512: String?
    /// Runs of symbols without a break, in order. Empty in files that declare none: one run.
    public var segments: [Segment] = []
    /// What was lost: declared, always.
    public var gaps: [Gap] = []

    /// Metadata of a layout; the rest is unknown.
    public init(layout: SampleLayout, kind: RecordingKind? = nil) {
        self.layout = layout
        self.kind = kind
    }

    /// Symbols that follow each other without a break: an entry of SigMF's `captures`.
    public struct Segment: Sendable, Hashable {
        /// First symbol of the segment, counted in the file.
        public var start: Int64
        /// Its number in the session (`core:global_index`); nil if the file does not say.
        public var symbolIndex: Int64?

        /// A segment.
        public init(start: Int64, symbolIndex: Int64?) {
            self.start = start
            self.symbolIndex = symbolIndex
        }
    }

    /// Symbols that the session had and that were lost on the way: an entry of SigMF's `annotations`.
    public struct Gap: Sendable, Hashable {
        /// The symbol of the file before which they are missing.
        public var start: Int64
        /// Number of the first lost symbol in the session.
        public var symbolIndex: Int64
        /// How many.
        public var missing: Int64

        /// A gap.
        public init(start: Int64, symbolIndex: Int64, missing: Int64) {
            self.start = start
            self.symbolIndex = symbolIndex
            self.missing = missing
        }
    }

    /// Symbols that are declared lost.
    public var missingSymbols: Int64 { gaps.reduce(0) { $0.addingClamped($1.missing) } }

    /// Begins a segment behind every gap that has none: files of others may declare the gap only, and what lies on its two
    /// sides neither follows on each other nor is numbered on.
    mutating func separateSegments(symbols: Int64) {
        for gap in gaps.sorted(by: { $0.start < $1.start }) where gap.start > 0 && gap.start < symbols {
            if segments.isEmpty { segments = [Segment(start: 0, symbolIndex: nil)] }
            let place = segments.firstIndex { $0.start >= gap.start } ?? segments.count
            let isNumbered = place > 0 && segments[place - 1].symbolIndex != nil
            let next = isNumbered ? gap.symbolIndex.addingClamped(gap.missing) : nil
            if place == segments.count || segments[place].start > gap.start {
                segments.insert(Segment(start: gap.start, symbolIndex: next), at: place)
            }
        }
    }
}

extension Int64 {
    /// A sum of numbers from outside: at the end of the range it stays there.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }
}
