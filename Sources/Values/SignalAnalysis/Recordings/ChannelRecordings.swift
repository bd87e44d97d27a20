internal import Foundation
internal import QuadratureAnalysis
internal import SignalRecordings

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
    let remarks: [RecordingRemark]

    /// Whether it is known which quadrature Bob measured.
    var hasBasis: Bool { basis != nil }

    /// Symbols that are read at once: with both quadratures of both ends 128 KiB, which stay in the second-level cache.
    static let blockSymbols = 16_384

    /// Opens the files and compares what they say of themselves.
    init(
        _ files: LinkRecordings, detection: Detection, verify: Bool
    ) throws(SignalAnalysisFailure) {
        let received = try RecordingInput.receiver(files.signal, .signal, verify: verify)
        let sent = try RecordingInput.open(
            files.modulation, as: [.modulation], layouts: [.oneQuadrature, .bothQuadratures],
            because: "words are int16", verify: verify)
        try Self.requireSameSession(sent, received)
        if let recorded = received.metadata.detection, recorded != detection.rawValue {
            throw .detectionDiffers(signal: files.signal, recorded: recorded, stated: detection)
        }
        let wanted: SampleLayout = detection == .heterodyne ? .bothQuadratures : .oneQuadrature
        guard received.metadata.layout == wanted else {
            let samples = detection == .homodyne ? "one sample" : "two samples"
            throw .recording(
                .wrongLayout(
                    base: received.files.base, found: received.metadata.layout, wanted: [wanted],
                    reason: "a symbol of a \(detection.rawValue) receiver is \(samples)"))
        }
        let knowledge = try Self.knowledge(sent, detection)
        var remarks: [RecordingRemark] = []
        var choices: SignalRecording?
        if knowledge == .homodyne {
            choices = try Self.basis(files.basis, beside: received, verify: verify)
            if choices == nil { remarks.append(.basisTakenAsConstant) }
        } else if let basis = files.basis {
            throw .basisWithoutUse(basis: basis)
        }
        for metadata in [sent.metadata, received.metadata] where metadata.missingSymbols > 0 {
            remarks.append(.lost(name: metadata.kind?.name ?? "recording", symbols: metadata.missingSymbols))
        }
        self.modulation = sent
        self.signal = received
        self.basis = choices
        self.knowledge = knowledge
        self.detection = detection
        self.remarks = remarks
    }

    private static func requireSameSession(
        _ first: borrowing SignalRecording, _ second: borrowing SignalRecording
    ) throws(SignalAnalysisFailure) {
        let parties = (
            RecordingAgreement.Party(first.files.base, first.metadata),
            RecordingAgreement.Party(second.files.base, second.metadata)
        )
        try reading { () throws(RecordingError) in
            try RecordingAgreement.requireSameSession(parties.0, parties.1)
        }
    }

    private static func knowledge(
        _ sent: borrowing SignalRecording, _ detection: Detection
    ) throws(SignalAnalysisFailure) -> Knowledge {
        switch (detection, sent.metadata.layout) {
        case (.heterodyne, .bothQuadratures): return .heterodyne
        case (.homodyne, .bothQuadratures): return .homodyne
        case (.homodyne, _): return .sifted
        case (.heterodyne, _):
            throw .recording(
                .wrongLayout(
                    base: sent.files.base, found: sent.metadata.layout, wanted: [.bothQuadratures],
                    reason: "a heterodyne receiver needs both of Alice's quadratures"))
        }
    }

    /// For homodyne detection: the one that was named, the one that the signal names, or one that is called `basis`
    /// beside it.
    private static func basis(
        _ path: String?, beside signal: borrowing SignalRecording, verify: Bool
    ) throws(SignalAnalysisFailure) -> SignalRecording? {
        var found = path
        if found == nil, let name = signal.metadata.basisRecording { found = signal.files.neighbour(name) }
        if found == nil {
            let neighbour = RecordingFiles(signal.files.neighbour("basis"))
            if FileManager.default.fileExists(atPath: neighbour.meta) { found = neighbour.base }
        }
        guard let found else { return nil }
        let basis = try RecordingInput.open(
            found, as: [.basis], layouts: [.bytes], because: "a basis is one byte per symbol", verify: verify)
        try requireSameSession(signal, basis)
        guard basis.symbols == signal.symbols else {
            throw .basisLengthDiffers(basis: found, symbols: basis.symbols, signalSymbols: signal.symbols)
        }
        return basis
    }

    /// Which symbols belong together at a delay. Files without numbers of symbols must be equally long.
    func runs(delay: Int) throws(SignalAnalysisFailure) -> SymbolRuns {
        let runs = SymbolRuns(
            alice: modulation.metadata, symbols: modulation.symbols, bob: signal.metadata, symbols: signal.symbols,
            delay: delay)
        guard runs.isNumbered || modulation.symbols == signal.symbols else {
            throw .lengthsDiffer(
                modulation: modulation.files.base, symbols: modulation.symbols, signal: signal.files.base,
                signalSymbols: signal.symbols)
        }
        guard !runs.runs.isEmpty else {
            throw .nothingInCommon(modulation: modulation.files.base, signal: signal.files.base, delay: delay)
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
        _ runs: SymbolRuns, symbols limit: Int = blockSymbols, _ body: (borrowing Block) -> Bool
    ) throws(SignalAnalysisFailure) {
        var block = Block()
        block.alice = Array(repeating: 0, count: limit * modulation.metadata.layout.valuesPerSymbol)
        block.bob = Array(repeating: 0, count: limit * detection.samplesPerSymbol)
        block.bits = Array(repeating: 0, count: detection == .homodyne ? (limit + 7) / 8 : 0)
        block.bytes = Array(repeating: 0, count: basis == nil ? 0 : limit)
        for run in runs.runs {
            var done: Int64 = 0
            while done < run.count {
                block.symbols = Int(min(Int64(limit), run.count - done))
                do throws(RecordingError) {
                    try modulation.read(from: run.alice + done, count: block.symbols, into: &block.alice)
                    try signal.read(from: run.bob + done, count: block.symbols, into: &block.bob)
                    try readBasis(from: run.bob + done, into: &block)
                } catch {
                    throw .recording(error)
                }
                guard body(block) else { return }
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
                        throw .badBasis(data: basis.data, symbol: first + Int64(place), value: byte)
                    }
                    packed |= byte << UInt8(place - start)
                }
                block.bits[start / 8] = packed
            }
        }
    }
}
