/// Chapter 9 of the USB specification for a device with one configuration and no alternate settings: a value that
/// takes requests and returns what to answer and what else follows.
struct USBStandardRequests {
    /// Answer and consequence of a request.
    enum Outcome: Equatable {
        case answer([UInt8])
        case acknowledged
        /// Endpoints start afresh, and the delegate is told.
        case configured(UInt8)
        /// The endpoints of an interface start afresh.
        case interfaceReset(UInt8)
        case setHalt(endpoint: UInt8)
        case clearHalt(endpoint: UInt8)
        case stall
    }

    private let descriptors: USBDescriptors
    private let endpoints: Set<UInt8>
    private var configuration: UInt8 = 0

    init(_ descriptors: USBDescriptors) {
        self.descriptors = descriptors
        endpoints = Set(descriptors.endpoints.map(\.address))
    }

    /// - Parameter isHalted: whether an endpoint is halted now.
    mutating func handle(_ setup: USBSetup, isHalted: (UInt8) -> Bool) -> Outcome {
        let recipient = setup.requestType & 0x1F
        let endpoint = UInt8(truncatingIfNeeded: setup.index)
        let interface = Int(setup.index & 0xFF)
        switch (setup.request, recipient) {
        case (0x00, 0):  // GET_STATUS
            return .answer([descriptors.isSelfPowered ? 1 : 0, 0])
        case (0x00, 1):
            return interface < descriptors.interfaceCount ? .answer([0, 0]) : .stall
        case (0x00, 2):
            guard endpoint & 0x0F == 0 || endpoints.contains(endpoint) else { return .stall }
            return .answer([isHalted(endpoint) ? 1 : 0, 0])
        case (0x01, 2), (0x03, 2):  // CLEAR_FEATURE, SET_FEATURE: ENDPOINT_HALT is the only one for endpoints
            guard setup.value == 0 else { return .stall }
            guard endpoint & 0x0F != 0 else { return .acknowledged }
            guard endpoints.contains(endpoint) else { return .stall }
            return setup.request == 0x01 ? .clearHalt(endpoint: endpoint) : .setHalt(endpoint: endpoint)
        case (0x01, _), (0x03, _):
            // Power management of the link (U1, U2, function suspend): there is no link to put to sleep.
            return .acknowledged
        case (0x05, 0), (0x30, 0), (0x31, 0):
            // SET_ADDRESS is the controller's affair; SET_SEL and SET_ISOCH_DELAY tell of latencies of a wire.
            return .acknowledged
        case (0x06, 0):
            return descriptors.answer(value: setup.value).map { .answer($0) } ?? .stall
        case (0x08, 0):
            return .answer([configuration])
        case (0x09, 0):
            let value = UInt8(truncatingIfNeeded: setup.value)
            guard value == 0 || value == descriptors.configurationValue else { return .stall }
            configuration = value
            return .configured(value)
        case (0x0A, 1):
            return interface < descriptors.interfaceCount ? .answer([0]) : .stall
        case (0x0B, 1):
            guard interface < descriptors.interfaceCount, setup.value == 0 else { return .stall }
            return .interfaceReset(UInt8(interface))
        default:
            return .stall
        }
    }
}
