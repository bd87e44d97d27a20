internal import Foundation
internal import LinkControl
internal import LinkOperation
internal import SignalRecordings
internal import UnitControl
internal import UnitProtocol

extension PairRecording {
    /// Electronic noise in the dark, then lights.
    func prepare(
        _ session: LinkSession, _ units: LinkUnits, _ settings: LinkSettings, _ journal: SessionJournal
    ) async throws(LiveRecordingFailure) {
        do throws(UnitError) {
            try await end.cancellable { () async throws(UnitError) in try await units.alice.lightDown() }
        } catch {
            throw .unit(error)
        }
        tell(.measuringElectronicNoise(samples: request.darkSamples))
        let dark = UnitRecording(
            .electronicNoise, samples: request.darkSamples, output: "\(folder)/electronic_noise",
            replacing: replacing, recorder: recorder, until: end
        ) { [tell] event in
            if case .progress(let done, let left) = event { tell(.progress(done, left: left)) }
        }
        _ = try await dark.record(units.bob)
        if end.isRequested { throw .ended }
        journal.enter(.warmingUp)
        tell(.warmingUp(limit: settings.warmUpLimit))
        do throws(LinkError) {
            try await end.cancellable { () async throws(LinkError) in
                try await session.lightUp(within: settings.warmUpLimit)
            }
        } catch {
            throw .link(error)
        }
        if end.isRequested { throw .ended }
    }

    func writer(
        _ units: LinkUnits, _ settings: LinkSettings, _ session: UInt64
    ) async throws(LiveRecordingFailure) -> PairWriter {
        let sender: Capabilities
        do throws(UnitError) { sender = try await units.alice.capabilities() } catch { throw .unit(error) }
        let receiver = settings.receiver
        let layout: SampleLayout = receiver.detection == .homodyne ? .oneQuadrature : .bothQuadratures
        func metadata(
            _ unit: UnitControl.Unit, _ data: Capabilities, _ layout: SampleLayout, _ kind: RecordingKind
        ) -> RecordingMetadata {
            var metadata = RecordingMetadata(layout: layout, kind: kind)
            metadata.describe(unit.identity, data)
            metadata.recorder = recorder
            metadata.symbolRate = settings.plan.symbolRate
            metadata.session = session
            metadata.purpose = request.purpose
            metadata.began = Date()
            return metadata
        }
        var files = PairWriter.Metadata(
            modulation: metadata(units.alice, sender, .bothQuadratures, .modulation),
            signal: metadata(units.bob, receiver, layout, .signal), basis: nil,
            vacuum: metadata(units.bob, receiver, layout, .vacuum))
        if receiver.detection == .homodyne {
            files.basis = metadata(units.bob, receiver, .bytes, .basis)
            files.signal.basisRecording = "basis"
        }
        do throws(RecordingError) {
            return try PairWriter(folder: folder, files, replacing: replacing)
        } catch {
            throw .file(error)
        }
    }
}
