/** MBeans that say in consoles what they, their attributes and their operations are. */
package org.trackcoordinator.jmx;
