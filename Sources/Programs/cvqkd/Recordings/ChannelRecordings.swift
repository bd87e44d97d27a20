import Foundation
import QuadratureAnalysis
import SignalRecordings

/// What Alice sent and what Bob measured, as recordings whose symbols belong together.
struct ChannelRecordings: ~Copyable {
    /// What is known of the quadratures.
    enum Knowledge: Sendable {
        /// Both of both sides.
        case heterodyne
        /// Both of Alice's; which of them Bob measured is in a recording, or x always.
        case homodyne
        /// Only Alice's quadrature that Bob measured: sifted data.
        case sifted
    }

    let modulation: SignalRecording
    let signal: SignalRecording
    private let basis: SignalRecording?
    let knowledge: Knowledge
    let detection: Detection
    let remarks: [String]

    /// Whether it is known which quadrature Bob measured.
    var hasBasis: Bool { basis != nil }

    /// Symbols that are read at once.
    static let blockSymbols = 16_384

    /// Opens the files and holds them against each other.
    ///
    /// - Parameter basis: for homodyne detection; nil looks for the one that the signal names, or for one that is called
    ///   `basis` beside it.
    init(modulation: String, signal: String, basis: String?, detection: Detection, verify: Bool) throws {
        let received = try RecordingInput.receiver(signal, .signal, verify: verify)
        let sent = try RecordingInput.open(
            modulation, as: [.modulation], layouts: [.oneQuadrature, .bothQuadratures], because: "words are int16",
            verify: verify)
        try RecordingAgreement.requireSameSession(
            .init(sent.files.base, sent.metadata), .init(received.files.base, received.metadata))
        if let stated = received.metadata.detection, stated != detection.rawValue {
            throw CommandFailure(
                .usage, "\(signal) was recorded with \(stated) detection, --detection says \(detection.rawValue)")
        }
        let wanted: SampleLayout = detection == .heterodyne ? .bothQuadratures : .oneQuadrature
        guard received.metadata.layout == wanted else {
            let samples = detection == .homodyne ? "one sample" : "two samples"
            throw RecordingError.wrongLayout(
                base: received.files.base, found: received.metadata.layout, wanted: [wanted],
                reason: "a symbol of a \(detection.rawValue) receiver is \(samples)")
        }
        let knowledge = try Self.knowledge(sent, detection)
        var remarks: [String] = []
        var choices: SignalRecording?
        if knowledge == .homodyne {
            choices = try Self.basis(basis, beside: received, verify: verify)
            if choices == nil { remarks.append("no recording of Bob's basis: taken as the same quadrature always") }
        } else if let basis {
            throw CommandFailure(
                .usage, "--basis \(basis) belongs to homodyne detection with x and p of Alice's; here it has no use")
        }
        for metadata in [sent.metadata, received.metadata] where metadata.missingSymbols > 0 {
            remarks.append(
                "\(metadata.kind?.name ?? "recording"): \(NumberText.count(metadata.missingSymbols)) symbols were lost while recording"
            )
        }
        self.modulation = sent
        self.signal = received
        self.basis = choices
        self.knowledge = knowledge
        self.detection = detection
        self.remarks = remarks
    }

    private static func knowledge(
        _ sent: borrowing SignalRecording, _ detection: Detection
    ) throws(RecordingError) -> Knowledge {
        switch (detection, sent.metadata.layout) {
        case (.heterodyne, .bothQuadratures): return .heterodyne
        case (.homodyne, .bothQuadratures): return .homodyne
        case (.homodyne, _): return .sifted
        case (.heterodyne, _):
            throw .wrongLayout(
                base: sent.files.base, found: sent.metadata.layout, wanted: [.bothQuadratures],
                reason: "a heterodyne receiver needs both of Alice's quadratures")
        }
    }

    private static func basis(
        _ path: String?, beside signal: borrowing SignalRecording, verify: Bool
    ) throws -> SignalRecording? {
        var found = path
        if found == nil, let name = signal.metadata.basisRecording { found = "\(signal.files.folder)/\(name)" }
        if found == nil {
            let neighbour = RecordingFiles("\(signal.files.folder)/basis")
            if FileManager.default.fileExists(atPath: neighbour.meta) { found = neighbour.base }
        }
        guard let found else { return nil }
        let basis = try RecordingInput.open(
            found, as: [.basis], layouts: [.bytes], because: "a basis is one byte per symbol", verify: verify)
        try RecordingAgreement.requireSameSession(
            .init(signal.files.base, signal.metadata), .init(basis.files.base, basis.metadata))
        guard basis.symbols == signal.symbols else {
            throw CommandFailure(
                .failure,
                "\(found) has \(basis.symbols) symbols, the signal \(signal.symbols): they are not of one recording. Name the right one with --basis"
            )
        }
        return basis
    }

    /// Which symbols belong together at a delay. Files without numbers of symbols must be equally long.
    func runs(delay: Int) throws -> SymbolRuns {
        let runs = SymbolRuns(
            alice: modulation.metadata, symbols: modulation.symbols, bob: signal.metadata, symbols: signal.symbols,
            delay: delay)
        guard runs.isNumbered || modulation.symbols == signal.symbols else {
            throw CommandFailure(
                .failure,
                "\(modulation.files.base) has \(modulation.symbols) symbols, \(signal.files.base) has \(signal.symbols). Cut them to the same symbols, or give both core:global_index in captures"
            )
        }
        guard !runs.runs.isEmpty else {
            throw CommandFailure(
                .failure,
                "\(modulation.files.base) and \(signal.files.base) have no symbol in common at delay \(delay). Use recordings of one session"
            )
        }
        return runs
    }

    /// A block of symbols that belong together.
    struct Block: ~Copyable {
        var alice: [Int16] = []
        var bob: [Int16] = []
        /// Packed basis bits; empty for heterodyne.
        var bits: [UInt8] = []
        var bytes: [UInt8] = []
        var symbols = 0
    }

    /// Shows the pairs block by block. `body` returns false when it has enough.
    func forEachBlock(
        _ runs: SymbolRuns, symbols limit: Int = blockSymbols, _ body: (borrowing Block) throws -> Bool
    ) throws {
        var block = Block()
        block.alice = Array(repeating: 0, count: limit * modulation.metadata.layout.valuesPerSymbol)
        block.bob = Array(repeating: 0, count: limit * detection.samplesPerSymbol)
        block.bits = Array(repeating: 0, count: detection == .homodyne ? (limit + 7) / 8 : 0)
        block.bytes = Array(repeating: 0, count: basis == nil ? 0 : limit)
        for run in runs.runs {
            var done: Int64 = 0
            while done < run.count {
                block.symbols = Int(min(Int64(limit), run.count - done))
                try modulation.read(from: run.alice + done, count: block.symbols, into: &block.alice)
                try signal.read(from: run.bob + done, count: block.symbols, into: &block.bob)
                try readBasis(from: run.bob + done, into: &block)
                guard try body(block) else { return }
                done += Int64(block.symbols)
            }
        }
    }

    private func readBasis(from first: Int64, into block: inout Block) throws(RecordingError) {
        switch basis {
        case .none: return
        case .some(let basis):
            try basis.read(from: first, count: block.symbols, into: &block.bytes)
            for start in stride(from: 0, to: block.symbols, by: 8) {
                var packed: UInt8 = 0
                for place in start..<min(start + 8, block.symbols) {
                    let byte = block.bytes[place]
                    guard byte <= 1 else {
                        throw .badBasis(data: basis.files.data, symbol: first + Int64(place), value: byte)
                    }
                    packed |= byte << UInt8(place - start)
                }
                block.bits[start / 8] = packed
            }
        }
    }
}
