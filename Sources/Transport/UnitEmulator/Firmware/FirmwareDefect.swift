/// One rule of the protocol that an emulated unit breaks on purpose. `cvqkd conformance` has to catch each of them by name:
/// a check that catches none of these shows nothing. Unlike a `Fault`, which happens to a right unit, a defect is how the
/// unit was built.
public enum FirmwareDefect: String, Sendable, CaseIterable {
    /// HelloReply has a serial number with a space.
    case badSerial = "bad-serial"
    /// The heartbeat's time-out is hardly longer than its interval.
    case tightHeartbeat = "tight-heartbeat"
    /// The fingerprint of Status is another one.
    case wrongFingerprint = "wrong-fingerprint"
    /// GetSchema serves another schema than the fingerprints are of.
    case foreignSchemaText = "foreign-schema-text"
    /// GetSchema behind the end is an error.
    case schemaEndRefused = "schema-end-refused"
    /// The lowest symbol rate is above the highest.
    case ratesReversed = "rates-reversed"
    /// Frames with a wrong CRC are carried out.
    case crcIgnored = "crc-ignored"
    /// Frames of another frame version are carried out.
    case versionIgnored = "version-ignored"
    /// Frames of any channel are carried out as requests.
    case channelsIgnored = "channels-ignored"
    /// Frames whose reserved bytes are not 0 are dropped.
    case reservedInsistedOn = "reserved-insisted-on"
    /// Replies carry a session number.
    case sessionInReplies = "session-in-replies"
    /// A Hello does not begin event numbers anew.
    case eventNumbersGoOn = "event-numbers-go-on"
    /// Every second event number is left out.
    case eventNumberHoles = "event-number-holes"
    /// GetClock gets Acknowledge.
    case clockAcknowledged = "clock-acknowledged"
    /// Each reply is sent twice.
    case repliesTwice = "replies-twice"
    /// Replies come after 300 ms.
    case slowReplies = "slow-replies"
    /// An unknown message gets Malformed.
    case unknownAsMalformed = "unknown-as-malformed"
    /// Messages of any schema id are carried out.
    case foreignSchemaAccepted = "foreign-schema-accepted"
    /// A block that is too short gets OutOfRange.
    case shortBlockAsRange = "short-block-as-range"
    /// A request with number 0 gets no answer.
    case numberZeroDropped = "number-zero-dropped"
    /// A block of a later version is refused.
    case longerBlockRefused = "longer-block-refused"
    /// Requests of any length are carried out.
    case longRequestsAccepted = "long-requests-accepted"
    /// Error names no request.
    case errorsNameNoRequest = "errors-name-no-request"
    /// Status does not say who controls the unit.
    case controllerHidden = "controller-hidden"
    /// The clock counts milliseconds.
    case coarseClock = "coarse-clock"
    /// Board_temperature is in K.
    case foreignTelemetryUnit = "foreign-telemetry-unit"
    /// The catalogue behind its end is an error.
    case catalogueEndRefused = "catalogue-end-refused"
    /// Values are 5 s old.
    case staleTelemetry = "stale-telemetry"
    /// Every value has status Normal.
    case statusAlwaysNormal = "status-always-normal"
    /// Values that do not exist have an age.
    case unavailableAged = "unavailable-aged"
    /// Uptime is in ms.
    case uptimeInMilliseconds = "uptime-in-milliseconds"
    /// Shutter_read_back is 1 when open.
    case shutterTelemetryInverted = "shutter-telemetry-inverted"
    /// Ready is not announced.
    case readyUnannounced = "ready-unannounced"
    /// Going dark leaves the shutter open.
    case shutterStaysOpen = "shutter-stays-open"
    /// OpticalState says the LO power of before when the LO is off.
    case opticalPowerStays = "optical-power-stays"
    /// Telemetry says the LO power of before when the LO is off.
    case telemetryPowerStays = "telemetry-power-stays"
    /// A change is announced before the reply.
    case eventsBeforeReplies = "events-before-replies"
    /// The shutter opens without light.
    case shutterOpensInDark = "shutter-opens-in-dark"
    /// Alice reports Closed with her laser on.
    case laserNotReported = "laser-not-reported"
    /// V_A in force does not follow the attenuator.
    case attenuatorNotCounted = "attenuator-not-counted"
    /// Modulation cannot be switched off.
    case modulationStaysOn = "modulation-stays-on"
    /// V_A in force is 0 while the laser is off.
    case varianceNeedsLight = "variance-needs-light"
    /// The LO always has its nominal power.
    case powerIgnored = "power-ignored"
    /// GetBootloaderIdentity is answered outside the bootloader.
    case identityAnywhere = "identity-anywhere"
    /// Capture is allowed in WarmingUp.
    case capturesInWarmUp = "captures-in-warm-up"
    /// RunSelfTest is allowed in Ready.
    case selfTestsInLight = "self-tests-in-light"
    /// Set requests are allowed in Streaming.
    case settingsInSession = "settings-in-session"
    /// NaN is in every range.
    case nanAccepted = "nan-accepted"
    /// OutOfRange names the field behind the wrong one.
    case wrongFieldNamed = "wrong-field-named"
    /// Nothing is captured when nothing is asked for.
    case zeroCountsAccepted = "zero-counts-accepted"
    /// Fractions of kinds are not looked at.
    case fractionsUnchecked = "fractions-unchecked"
    /// Ranges are looked at before states.
    case rangeBeforeState = "range-before-state"
    /// What the unit lacks is an unknown message.
    case lackingAsUnknown = "lacking-as-unknown"
    /// TooLarge names no field.
    case countsUnnamed = "counts-unnamed"
    /// Reset needs no confirmation word.
    case resetUnconfirmed = "reset-unconfirmed"
    /// A setting out of range is refused and changes another.
    case errorsChangeSettings = "errors-change-settings"
    /// ReadCapture always reads from the beginning.
    case captureOffsetIgnored = "capture-offset-ignored"
    /// An odd number of samples of x and p is captured.
    case oddCaptures = "odd-captures"
    /// ReadCapture of a capture that does not exist gets ConditionNotMet.
    case missingCaptureAsCondition = "missing-capture-as-condition"
    /// Moments of a heterodyne receiver say one quadrature.
    case oneQuadrature = "one-quadrature"
    /// Moments of a homodyne receiver have sums of p.
    case secondSumsFilled = "second-sums-filled"
    /// Moments are measured whatever light and shutter do.
    case momentsAnytime = "moments-anytime"
    /// An item outside its limits is called passed.
    case selfTestPassesAll = "self-test-passes-all"
    /// A second measurement gets ConditionNotMet.
    case busyAsCondition = "busy-as-condition"
    /// Light is switched while a measurement runs.
    case settingsWhileMeasuring = "settings-while-measuring"
    /// A session begins while a measurement runs.
    case startsWhileMeasuring = "starts-while-measuring"
    /// SessionReused is looked for before InProgress.
    case reuseBeforeProgress = "reuse-before-progress"
    /// StreamStarted says another purpose.
    case purposeNotEchoed = "purpose-not-echoed"
    /// Slots are lost and not counted.
    case lossesUndeclared = "losses-undeclared"
    /// Some stream frame numbers are left out.
    case frameNumbersSkip = "frame-numbers-skip"
    /// Every fiftieth stream frame has a wrong CRC.
    case framesDamaged = "frames-damaged"
    /// StreamStopped counts lost symbols that no frame declares.
    case finalLossAdded = "final-loss-added"
    /// No end frame is sent.
    case noEndFrame = "no-end-frame"
    /// Stream frames say purpose Calibration.
    case purposeLost = "purpose-lost"
    /// Each frame has the time of the first.
    case frameTimesStand = "frame-times-stand"
    /// The times of frames go 1 % too fast.
    case frameTimesFast = "frame-times-fast"
    /// StreamStarted has a time that is not the start.
    case startTimeWrong = "start-time-wrong"
    /// Frames have more clipped samples than samples.
    case clipsBeyondSamples = "clips-beyond-samples"
    /// Basis bits behind the last symbol are set.
    case unusedBasisBits = "unused-basis-bits"
    /// A standalone Bob calls his slots Signal.
    case unlockedAsSignal = "unlocked-as-signal"
    /// No symbol is Guard while the shutter settles.
    case noGuard = "no-guard"
    /// No symbol of the first slot is Guard.
    case firstSlotUnguarded = "first-slot-unguarded"
    /// Dark slots have the LO on.
    case darkWithLight = "dark-with-light"
    /// Dark slots are noisier than the dark that the unit sums.
    case streamDarkNoisy = "stream-dark-noisy"
    /// The shutter stays where a session has left it.
    case shutterNotReturned = "shutter-not-returned"
    /// SampleScale is 10 % too large.
    case wrongScale = "wrong-scale"
    /// Kinds repeat every ten slots.
    case kindsPeriodic = "kinds-periodic"
    /// A tenth of the slots is vacuum, whatever was asked for.
    case fractionsIgnored = "fractions-ignored"
    /// A fifth of the vacuum that was asked for is missing.
    case fractionsShort = "fractions-short"
    /// Each session has its kinds in the same places.
    case kindsRepeat = "kinds-repeat"
    /// A second StopStream is refused.
    case stopsOnce = "stops-once"
    /// Status forgets the last session.
    case statusForgets = "status-forgets"
    /// StopStream ends the session whatever number it names.
    case anySessionStops = "any-session-stops"
    /// A session ends inside a slot.
    case stopsInsideSlots = "stops-inside-slots"
    /// What a host does not read is kept for ever.
    case keepsForSilentHost = "keeps-for-silent-host"
    /// The end frame calls an overflow what the host did not read.
    case discardIsOverflow = "discard-is-overflow"
    /// Replies that a host does not read are dropped.
    case repliesDropped = "replies-dropped"
    /// Loss for want of room has no flag Overflow.
    case overflowUnflagged = "overflow-unflagged"
    /// Loss for want of room is neither counted nor flagged.
    case overflowSilent = "overflow-silent"
    /// Loss for want of room is flagged and not counted.
    case overflowUncounted = "overflow-uncounted"
    /// A session's limit is rounded up to whole slots.
    case limitAtBorder = "limit-at-border"
    /// A session number may be used again.
    case sessionsReusable = "sessions-reusable"
    /// Only the last eight session numbers are refused.
    case fewSessionsRemembered = "few-sessions-remembered"
    /// Captures are taken in Key sessions.
    case keyCaptured = "key-captured"
    /// A Key session does not erase the capture of before.
    case captureSurvivesKey = "capture-survives-key"
    /// Capture is refused in Streaming.
    case noCaptureInSession = "no-capture-in-session"
    /// A second Hello ends the session.
    case helloEndsSession = "hello-ends-session"
    /// Bob streams nothing in state Dark.
    case darkSessionRefused = "dark-session-refused"
    /// A Bob without Alice streams.
    case armedStreams = "armed-streams"
    /// HeartbeatReply does not echo the count.
    case countNotEchoed = "count-not-echoed"
    /// Heartbeats do not hold the light up.
    case heartbeatsIgnored = "heartbeats-ignored"
    /// Any request of the controller holds the light up.
    case anyRequestHolds = "any-request-holds"
    /// The unit goes dark 300 ms late.
    case deadManLate = "dead-man-late"
    /// Control stays with a silent host.
    case deadManKeepsControl = "dead-man-keeps-control"
    /// No end frame is sent when heartbeats stop.
    case deadManLosesEnd = "dead-man-loses-end"
    /// A measurement goes on in state Dark when heartbeats stop.
    case measuresWithoutControl = "measures-without-control"
    /// A Hello to observe does not give control up.
    case observerKeepsControl = "observer-keeps-control"
    /// Who has not said Hello may read.
    case helloNotNeeded = "hello-not-needed"
    /// Who observes may do everything.
    case observerControls = "observer-controls"
    /// Hello grants an access that does not exist.
    case accessUnchecked = "access-unchecked"
    /// A second host takes control away from the first.
    case controlStolen = "control-stolen"
    /// A running stream goes to whoever controls the unit now.
    case streamFollowsControl = "stream-follows-control"
    /// Light stays on when the controlling port closes.
    case portClosingUnnoticed = "port-closing-unnoticed"
    /// Bob goes on when Alice stops.
    case peerEndIgnored = "peer-end-ignored"
    /// Bob calls training signal, and signal training.
    case trainingInverted = "training-inverted"
    /// A disclosed sample is not the one that Alice sent.
    case disclosureChanged = "disclosure-changed"
    /// Bob's vacuum lies in Alice's training slots.
    case vacuumFollowsTraining = "vacuum-follows-training"
    /// Bob follows an Alice with other slots.
    case mismatchIgnored = "mismatch-ignored"
    /// Alice tells her counter every 150 ms.
    case beaconsRare = "beacons-rare"
    /// A standalone Bob ends when Alice does.
    case standaloneFollows = "standalone-follows"
    /// Bob follows an Alice of another session.
    case strangersFollowed = "strangers-followed"
    /// Bob records and discloses the guard symbols of a slot too.
    case wholeSlotRecorded = "whole-slot-recorded"
    /// Bob's light does not depend on Alice.
    case lightIgnoresAlice = "light-ignores-alice"
    /// A heterodyne Bob calls x p, and p x.
    case quadraturesSwapped = "quadratures-swapped"
    /// The basis plane of a homodyne Bob is inverted.
    case basisInverted = "basis-inverted"
    /// The basis plane of a homodyne Bob has another order of bits.
    case basisBitsReversed = "basis-bits-reversed"
    /// Restarts are not counted.
    case bootCountStands = "boot-count-stands"
    /// The attenuation outlives a restart.
    case settingsSurvive = "settings-survive"
    /// A restart forgets used session numbers.
    case restartForgets = "restart-forgets"
    /// A restart keeps the last session.
    case restartKeepsSession = "restart-keeps-session"
    /// The bootloader answers GetStatus.
    case bootloaderTellsStatus = "bootloader-tells-status"
    /// A warm reset makes a zeroised unit usable.
    case zeroisedWakes = "zeroised-wakes"
    /// A zeroised unit says WrongState.
    case zeroisedAsWrongState = "zeroised-as-wrong-state"
}
