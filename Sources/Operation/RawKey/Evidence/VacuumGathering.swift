internal import RawKeyMessages
internal import SwiftProtobuf

/// Sums over a window's vacuum, cell by cell.
struct VacuumGathering {
    private(set) var evidence = Cvqkd_Rawkey_V1_ReceiverEvidence()

    init(_ cells: [CellFacts], isPair: Bool) {
        var whole = (x: SampleSums(), p: SampleSums())
        var dark = whole
        var (power, symbols) = (0.0, 0.0)
        var (least, most) = (Double.nan, Double.nan)
        for (index, cell) in cells.enumerated() {
            var own = (x: SampleSums(), p: SampleSums())
            var runs: UInt32 = 0
            for run in cell.unlit {
                if run.isDark {
                    Self.add(run, to: &dark)
                } else {
                    Self.add(run, to: &own)
                    runs += 1
                    let reading = run.localOscillatorPower
                    power += reading * Double(run.symbols)
                    symbols += Double(run.symbols)
                    least = least <= reading ? least : reading
                    most = most >= reading ? most : reading
                }
            }
            evidence.cells.append(
                .with {
                    ($0.cell, $0.runs, $0.x) = (cell.cell, runs, own.x.message)
                    if isPair { $0.p = own.p.message }
                })
            Self.add(own.x, to: &whole.x)
            Self.add(own.p, to: &whole.p)
            if index + 1 == cells.count / 2 {
                evidence.firstHalfX = whole.x.message
                if isPair { evidence.firstHalfP = whole.p.message }
            }
        }
        if cells.count < 2 {
            evidence.firstHalfX = SampleSums().message
            if isPair { evidence.firstHalfP = SampleSums().message }
        }
        (evidence.vacuumX, evidence.darkX) = (whole.x.message, dark.x.message)
        if isPair { (evidence.vacuumP, evidence.darkP) = (whole.p.message, dark.p.message) }
        (evidence.localOscillatorLeast, evidence.localOscillatorMost) = (least, most)
        evidence.localOscillatorMean = power / symbols
    }

    private static func add(_ run: UnlitRun, to sums: inout (x: SampleSums, p: SampleSums)) {
        add(SampleSums(run.x), to: &sums.x)
        if let p = run.p { add(SampleSums(p), to: &sums.p) }
    }

    /// This end's own sums: more of them than can be counted would take a day of vacuum in one window, and then the totals
    /// are not those of the cells, which fails the window.
    private static func add(_ more: SampleSums, to sums: inout SampleSums) {
        do throws(EvidenceError) { try sums.add(more, field: "vacuum") } catch { sums = SampleSums() }
    }
}

extension Cvqkd_Rawkey_V1_ReceiverEvidence {
    /// What the vacuum is compared with.
    mutating func setReference(_ reference: ReceiverReference, _ policy: EvidencePolicy) {
        electronicVarianceX = .init(reference.x.electronic)
        referenceVacuumX = .init(reference.x.vacuum)
        referenceMeanX = reference.x.mean
        if let p = reference.p {
            electronicVarianceP = .init(p.electronic)
            referenceVacuumP = .init(p.vacuum)
            referenceMeanP = p.mean
        }
        localOscillatorReference = reference.localOscillatorPower
        detectorEfficiency = reference.detectorEfficiency
        transmittance = reference.transmittance
        plannedVacuumSamples = policy.plannedVacuumSamples
        boundSigmas = policy.boundSigmas
    }
}
