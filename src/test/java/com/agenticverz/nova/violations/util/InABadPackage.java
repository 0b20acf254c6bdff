package com.agenticverz.nova.violations.util;

/** In a package whose name says nothing, and that has no package-info. */
public final class InABadPackage {}
