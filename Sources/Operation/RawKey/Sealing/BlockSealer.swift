internal import Foundation
internal import QuadratureAnalysis
public import RawKeyMessages
internal import SwiftProtobuf
internal import UnitProtocol

/// What happened to a cell at one end, in the order of the cells.
public enum CellEvent: Sendable {
    /// It was sealed.
    case sealed(StoredBlock, CellFacts)
    /// There is no block of these.
    case missing(ClosedRange<UInt64>, GapCause)
}

/// Seals the blocks of a session at one end as they close, each under a key of its own, and hands them on.
///
/// It lives in the task that reads the stream: samples are in the clear from the assembler's copy to here, and nowhere else.
public struct BlockSealer: BlockSink {
    private let template: Cvqkd_Rawkey_V1_BlockHeader
    private let grid: BlockGrid
    private let cipher: BlockCipher
    private let keys: SecretPool
    private let emit: @Sendable (CellEvent) -> Void
    private let health: @Sendable () -> Cvqkd_Rawkey_V1_Health?
    private var previous: [UInt8] = []

    /// Seals under headers that are `template` and what a block adds: cell, kinds, sums, chain.
    ///
    /// Throws `.selfTestFailed` if the cipher's known answers do not come out: nothing is sealed then.
    public init(
        template: Cvqkd_Rawkey_V1_BlockHeader, grid: BlockGrid, keys: SecretPool,
        health: @escaping @Sendable () -> Cvqkd_Rawkey_V1_Health? = { nil },
        emit: @escaping @Sendable (CellEvent) -> Void
    ) throws(RawKeyError) {
        self.template = template
        self.grid = grid
        self.keys = keys
        self.health = health
        self.emit = emit
        cipher = try BlockCipher()
    }

    /// Seals a block in place and hands it on. Without room for its key the cell is a gap.
    public mutating func close(_ block: consuming ClosedBlock) throws(RawKeyError) {
        guard let key = try BlockKey.random(in: keys) else {
            return skip(block.cell...block.cell, because: .noRoom)
        }
        let header = try header(of: block)
        let (cell, session) = (block.cell, template.identity.session)
        let (kinds, unlit) = (block.kinds, block.unlit)
        let (clipped, doubtful) = (block.clippedSamples, block.doubtfulFrames)
        var contents = block.intoSamples()
        let tag = try cipher.seal(&contents, header: header.span.bytes, key: key)
        let stored = StoredBlock(
            session: session, cell: cell, header: header, tag: tag, ciphertext: contents, key: key)
        previous = stored.digest
        emit(
            .sealed(
                stored,
                CellFacts(
                    cell: cell, digest: stored.digest, kinds: kinds, unlit: unlit, clippedSamples: clipped,
                    doubtfulFrames: doubtful)))
    }

    /// Hands on that there is no block.
    public mutating func skip(_ cells: ClosedRange<UInt64>, because cause: GapCause) { emit(.missing(cells, cause)) }

    private func header(of block: borrowing ClosedBlock) throws(RawKeyError) -> [UInt8] {
        var header = template
        header.version = 1
        header.identity.cell = block.cell
        header.identity.symbolsPerCell = grid.symbolsPerCell
        header.identity.firstSymbol = grid.symbols(of: block.cell)?.lowerBound ?? 0
        header.layout.format = Cvqkd_Rawkey_V1_SampleFormat(block.format)
        header.layout.delay = grid.offset
        header.kinds = block.kinds.message
        header.unlit = block.unlit.map(Cvqkd_Rawkey_V1_UnlitRun.init)
        header.clippedSamples = block.clippedSamples
        header.doubtfulFrames = block.doubtfulFrames
        header.contentBytes = UInt64(block.samples.count)
        header.previous = Data(previous)
        if let health = health() { header.health = health }
        do { return Array(try header.serializedData() as Data) } catch {
            throw .cipherFailed(step: "writing a block's header")
        }
    }
}

extension Cvqkd_Rawkey_V1_SampleFormat {
    init(_ format: SampleFormat) {
        self =
            switch format {
            case .xp16: .xp16
            case .x16Basis: .x16Basis
            default: .x16
            }
    }
}

extension Cvqkd_Rawkey_V1_UnlitRun {
    init(_ run: UnlitRun) {
        self.init()
        first = run.first
        symbols = run.symbols
        isDark = run.isDark
        localOscillatorPower = run.localOscillatorPower
        x = SampleSums(run.x).message
        if let sums = run.p { p = SampleSums(sums).message }
    }
}
