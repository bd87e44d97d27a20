internal import UnitProtocol

extension StreamStarted {
    /// Why this is not the answer to a plan; nil if it is. Rate and stride are echoes, so they are compared as what they are:
    /// a unit that cannot have them refuses the request. Without capabilities a receiver may be of either kind.
    func contradiction(of plan: StreamPlan, _ capabilities: Capabilities?, role: UnitRole) -> String? {
        guard sessionId == plan.session else { return "session \(sessionId), \(plan.session) was asked for" }
        guard purpose == plan.purpose else { return "purpose \(purpose), \(plan.purpose) was asked for" }
        guard frameBytes == UInt32(plan.frameBytes) else {
            return "frames of \(frameBytes) bytes, \(plan.frameBytes) were asked for"
        }
        guard abs(symbolRate - plan.symbolRate) <= 1e-9 * plan.symbolRate else {
            return "a symbol rate of \(symbolRate) Hz, \(plan.symbolRate) Hz was asked for"
        }
        let formats: [SampleFormat]
        switch (role, capabilities?.detection) {
        case (.bob, .homodyne): formats = [.x16Basis, .x16]
        case (.bob, nil): formats = [.xp16, .x16Basis, .x16]
        default: formats = [.xp16]
        }
        guard formats.contains(sampleFormat) else {
            return "samples of format \(sampleFormat), \(formats[0]) belongs to the unit"
        }
        let scales = role == .alice ? 0.0...1 : 0...0
        guard scales.contains(sampleScale) else { return "a sample step of \(sampleScale) √SNU" }
        return nil
    }
}
