import ArgumentParser
import Foundation
import LocalUnits
import NodeReports
import SignalRecordings
import UnitControl
import UnitProtocol
import UnitTransport

/// One `cvqkd record UNIT`: connect, bring the light to where the kind needs it, capture until enough, lights out.
struct UnitRecording: Sendable {
    let selector: UnitSelector
    let kind: RecordingKind
    let samples: UInt64
    let output: String
    let replacing: Bool
    var interruption = Interruption()
    var live = LiveLine()

    func perform() async throws -> RecordDocument {
        try await interruption.withUnit(selector, task: "record") { unit in
            defer { live.end() }
            // A capture takes the light as it is, and leaves it so.
            if kind == .capture { return try await record(unit) }
            return try await unit.lightDownAfter { try await record(unit) }
        }
    }

    /// Records with a unit that is open, and leaves its light as the kind wants it.
    func record(_ unit: Unit) async throws -> RecordDocument {
        let (kind, live) = (kind, live)
        let capabilities = try await interruption.cancellable {
            let capabilities = try await unit.capabilities()
            try await Self.prepare(unit, kind, capabilities, live)
            return capabilities
        }
        var left = samples
        let size = UInt32(min(samples, UInt64(max(2, capabilities.maximumCaptureSamples))))
        let first = try await capture(unit, size)
        var metadata = Self.metadata(unit.identity, capabilities, first.header, kind)
        metadata.began = Date()
        var writer = try RecordingWriter(output, metadata, replacing: replacing)
        var next: CapturedSamples? = first
        let began = ContinuousClock.now
        while let taken = next {
            let whole = taken.samples.count / metadata.layout.valuesPerSymbol * metadata.layout.valuesPerSymbol
            try writer.add(taken.samples.span.extracting(0..<whole))
            writer.breakOff()
            left -= min(left, UInt64(max(whole, 1)))
            guard left >= 2, !interruption.isRequested else { break }
            let done = samples - left
            let seconds = NumberText.seconds(began.duration(to: .now)) * Double(left) / Double(done)
            live.show("\(100 * done / samples) %, \(NumberText.clock(seconds)) left")
            do { next = try await capture(unit, UInt32(min(left, UInt64(size)))) } catch {
                // What was asked for by Ctrl-C is an end, not a failure: what is there is kept.
                guard interruption.isRequested else { throw error }
                next = nil
            }
        }
        let count = writer.symbols
        let written = try writer.finish()
        return RecordDocument(
            file: RecordingFiles(output).base, kind: kind, unit.identity, symbols: count, written,
            isInterrupted: interruption.isRequested)
    }

    private func capture(_ unit: Unit, _ count: UInt32) async throws -> CapturedSamples {
        try await interruption.cancellable { try await unit.capture(samples: count) }
    }

    private static func prepare(
        _ unit: Unit, _ kind: RecordingKind, _ capabilities: Capabilities, _ live: LiveLine
    ) async throws {
        guard kind != .capture else { return }
        guard unit.identity.role == .bob else {
            throw UnitError.wrongRole(needed: .bob, found: unit.identity.role, serial: unit.identity.serial)
        }
        try await unit.lightDown()
        guard kind == .vacuum else { return }
        guard unit.identity.capabilities.contains(.shutter) else {
            throw CommandFailure(
                .refused,
                "\(unit.identity.serial) has no shutter: uncouple the fibre, cap the input, bring the light up, and record --kind capture"
            )
        }
        live.show("warming up …")
        try await unit.lightUp(.vacuum, within: capabilities.warmUpLimit)
        // The unit's own figure for how long its shutter takes, twice: its clock is not ours.
        let settling = capabilities.shutterSettling
        try await Task.sleep(for: .seconds(2 * (settling.isFinite ? max(0, settling) : 0)))
    }

    private static func metadata(
        _ identity: UnitIdentity, _ capabilities: Capabilities, _ header: CaptureReady, _ kind: RecordingKind
    ) -> RecordingMetadata {
        var metadata = metadata(
            identity, capabilities,
            RecordingMetadata(
                layout: header.format == .xp16 ? .bothQuadratures : .oneQuadrature, kind: kind))
        metadata.symbolRate = header.sampleRate.isFinite && header.sampleRate > 0 ? header.sampleRate : nil
        if identity.role == .bob { metadata.localOscillatorPower = header.localOscillatorPower.finite }
        return metadata
    }

    /// Adds what a unit says about itself.
    static func metadata(
        _ identity: UnitIdentity, _ capabilities: Capabilities, _ start: RecordingMetadata
    ) -> RecordingMetadata {
        var metadata = start
        metadata.unitSerial = identity.serial
        metadata.emulated = identity.isEmulated
        if identity.role == .bob {
            metadata.detection = capabilities.detection == .homodyne ? "homodyne" : "heterodyne"
            metadata.efficiency = capabilities.detectorEfficiency.finite.flatMap { $0 > 0 ? $0 : nil }
            metadata.efficiencySigma = capabilities.detectorEfficiencySigma.finite.flatMap { $0 >= 0 ? $0 : nil }
            (metadata.clipLow, metadata.clipHigh) = (capabilities.clipLow, capabilities.clipHigh)
            metadata.filter = UInt32(capabilities.filterId)
        }
        metadata.hardware =
            "\(identity.model), firmware \(identity.firmware)" + (identity.isEmulated ? ", emulated" : "")
        metadata.recorder = "cvqkd \(CVQKD.configuration.version)"
        return metadata
    }
}
